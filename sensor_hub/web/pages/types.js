/**
 * What the API sends, as documented in /api/openapi.json. Null is "cannot be known".
 *
 * @typedef {"eccentric" | "bottom" | "concentric" | "top" | "idle"} Phase
 * @typedef {"stop" | "rebound"} BounceCause
 * @typedef {"searching" | "connecting" | "streaming" | "catching_up" | "stalled" | "lost"} LinkState
 *
 * @typedef {{at_s: number, calibrated: boolean, position_m: number, velocity_mps: number, phase: Phase,
 *   phase_elapsed_s: number, set_number: number, rep_count: number, eccentric_s: number | null,
 *   bottom_pause_s: number | null, concentric_s: number | null, top_pause_s: number | null,
 *   range_low_m: number | null, range_high_m: number | null, bounced?: boolean | null, bounce_cause?: BounceCause | null,
 *   full_range_m?: number | null, bumper_m?: number | null}} Live
 *
 * @typedef {{session: string, set_number: number, number: number, start_s: number | null, bottom_s: number | null,
 *   turn_s: number, end_s: number, eccentric_s: number | null, bottom_pause_s: number | null, concentric_s: number,
 *   top_pause_s: number | null, rom_m: number | null, mean_velocity_mps: number | null,
 *   peak_velocity_mps: number | null, mean_eccentric_velocity_mps: number | null,
 *   peak_eccentric_velocity_mps: number | null, turn_acceleration_mps2: number | null, bounced: boolean | null,
 *   bounce_cause?: BounceCause | null,
 *   hard_lockout: boolean | null, partial: boolean | null, time_under_tension_s: number | null,
 *   mean_propulsive_velocity_mps: number | null, propulsive_share: number | null, mean_power_w_per_kg: number | null,
 *   peak_power_w_per_kg: number | null, sticking_point_share: number | null, sticking_velocity_share: number | null,
 *   eccentric_control: number | null, uncertainty: Object<string, number | null>,
 *   trace: {offset_s: number[], position_m: number[], velocity_mps: number[]} | null}} Rep  trace: the settled course,
 *   from the rep's first instant and from where it began
 *
 * @typedef {"short" | "long" | "slow" | "off_rail" | "uneven" | "unseen" | "at_rest" | "racked" | "parked" | "handled" | "lost"} Reason
 * @typedef {{session: string | null, time: string, start_s: number, end_s: number, at_s: number, reason: Reason,
 *   gates: Object<string, number | null>}} Rejected  a stroke that was not counted
 * @typedef {Rejected & {set_number: number | null}} Uncounted  with the set that it was seen in or near
 *
 * @typedef {{session: string, number: number, progress: "started" | "ended", start_s: number, end_s: number | null,
 *   started: string, ended: string | null, rep_count: number, incline_deg: number | null,
 *   top_pauses_s: (number | null)[], athlete: string | null, load_kg: number | null,
 *   side: "left" | "right" | "both" | null, asked: import("./coach.js").Asked | null}} LiftSet
 *
 * @typedef {{velocity_loss: number | null, stretch_shortening_retained: number | null, mean_power_w: number | null,
 *   peak_power_w: number | null, uncertainty: Object<string, number | null>}} RepSummary  what the set and the load add to a rep
 * @typedef {{tempo: string, tempo_notation: string, time_under_tension_s: number | null, velocity_loss: number | null,
 *   mean_power_w: number | null, reps: RepSummary[], uncertainty: Object<string, number | null>}} SetSummary
 *
 * @typedef {{athlete: string, name: string | null, unit: "kg" | "lb"}} Athlete
 * @typedef {import("./prescription.js").Prescription & {exercise: string, load_kg: number | null}} Asked
 * @typedef {{athlete: string | null, load_kg: number | null, side: "left" | "right" | "both" | null,
 *   asked: Asked | null}} Lifter  who lifts from the next set on
 *
 * @typedef {{session: string, machine: string, site: string, progress: "started" | "ended", started: string,
 *   ended: string | null, sensor: string, athlete: string | null, load_kg: number | null, set_count: number,
 *   rep_count: number}} Session
 *
 * @typedef {{number: number, made: string, program: string}} Analysis  a later engine's version of a session
 *
 * @typedef {{state: LinkState, behind_s: number | null, battery_percent: number | null, battery_h: number | null,
 *   note: string | null}} Sensor
 * @typedef {{online: boolean}} Status
 * @typedef {{at_s: number[], position_m: number[], velocity_mps: number[], rep_count: number[],
 *   top_pause_s: (number | null)[]}} Trace  top_pause_s is null but for the phase at the top
 * @typedef {boolean | number | string | null} Setting
 * @typedef {{urgent: boolean, hub: string | null, machine: string | null, since: string | null, amount: number | null,
 *   hours: number | null, days: number | null, text: string | null, newest: string | null, kind: "silent" | "off" | "part"
 *   | "disk" | "battery" | "away" | "loss" | "clock" | "version" | "firmware" | "tells_little"}} Need
 * @typedef {{site: string, hubs: number, machines: number, versions: string[], sessions: number, reps: number,
 *   needs: Need[]}} Gym
 * @typedef {{site: string, machine: string, sensor: string | null, name: string | null, family: string | null,
 *   firmware: string | null, state: LinkState | null, heard: string | null, battery_percent: number | null,
 *   battery_h: number | null, loss_ratio: number | null}} HubMachine
 * @typedef {{name: string, time: string, started: string, version: string, python: string, system: string,
 *   board: string | null, clock_synchronised: boolean | null, disk_bytes: number | null, disk_free_bytes: number | null,
 *   disk_days: number | null, waiting: number, settings: Object<string, Setting>, unusual: Object<string, Setting>,
 *   parts: {part: string, grade: "good" | "poor" | "bad" | "unknown", since: string}[], machines: HubMachine[]}} Hub
 * @typedef {{machine: string, day: string, battery_percent: number | null, loss_ratio: number | null}} SensorDay
 * @typedef {{machine: string, sets: number, reps: number, under_load_s: number, minutes: number[][]}} MachineUse
 * @typedef {{machine: string, reps: number[], hits: number[], lockouts: number[], rates: (number | null)[],
 *   change: number | null, within: number | null, clear: boolean | null}} MachineWear
 * @typedef {{gym: Gym, hubs: Hub[], old_hubs: {name: string, online: boolean, version: string, time: string}[],
 *   unreported: HubMachine[], use: MachineUse[], wear: MachineWear[], sensors: SensorDay[]}} GymDetail
 * @typedef {{athlete: string, site: string, sessions: number, last: string}} Visit  an athlete's sessions in a gym
 *
 * @typedef {{live_age_s: number | null}} Beat
 *
 * @typedef {{site: string, machine: string, online: boolean | null, state: LinkState | null, note: string | null,
 *   battery_percent: number | null, battery_h: number | null, live_age_s: number | null,
 *   calibrated: boolean | null, phase: Phase | null, set_number: number | null, rep_count: number | null,
 *   resting_s: number | null, athlete: string | null, load_kg: number | null, side: "left" | "right" | "both" | null,
 *   reps_asked: number | null, tempo: string | null, judged: number, kept: number, flagged: number}} Machine
 *
 * @typedef {{session: string, number: number, started: string, athlete: string | null, load_kg: number | null,
 *   side: "left" | "right" | "both" | null, reps: number, reps_asked: number | null, judged: number, kept: number,
 *   flags: Object<string, number>}} SetDone
 * @typedef {{athlete: string, due: {number: number, planned: string, late_days: number,
 *   training_day: {exercises: import("./coach.js").Asked[]}} | null, sets: SetDone[],
 *   next_load: import("./coach.js").NextLoad | null}} AthleteToday
 *
 * @typedef {{session: string, set_number: number, start_s: number, offset_s: number[], position_m: number[],
 *   velocity_mps: number[], phase: Phase[]}} Motion
 *
 * @typedef {"good" | "poor" | "bad" | "unknown"} Grade
 * @typedef {{address: string, name: string, family: string, rssi_dbm: number | null, battery_percent: number | null,
 *   connected: boolean, identifies: boolean, site: string | null, machine: string | null, shortcomings: string[]}} Nearby
 * @typedef {{kind: string, title: string, clip_on: string}} Kind
 * @typedef {{topic: string, grade: Grade, sentence: string, value: number | null, unit: string, limit: number | null}} Finding
 * @typedef {{step: "connect" | "rest" | "press" | "review" | "done" | "cancelled", share: number, reps: number,
 *   position_m: number | null, swing_mps2: number, restless: boolean, remark: string | null}} Progress
 * @typedef {{address: string, name: string, family: string, site: string, machine: string, kind: string, link: LinkState,
 *   note: string | null, progress: Progress, findings: Finding[], grade: Grade | null, stored: string | null}} Pairing
 */
export {};
