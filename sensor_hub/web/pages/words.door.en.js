/** What is said at the door: to log in, to a screen, and where there is no way in. */
export const words = {
  door: {
    title: "Log in",
    name: "Name",
    password: "Password",
    help: "No account, or the password is lost? Whoever runs this hub makes one.",
    wrong: "Name or password is wrong.",
    stale: "This link is no longer good. `sensor-hub kiosk` makes another.",
    screen: "Screen",
    closed: "This page is not open to you",
    closedWhy: "Lifters watch machines and see that there were sessions. Coaches review them. Admins pair sensors.",
    missing: "There is no such page",
    missingWhy: "The address may have a typo, or the session it names is gone.",
    machines: "See all machines",
  },
};
