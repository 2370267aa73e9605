#!/bin/sh
# An authority, and a certificate for each of the nodes: ./certificates.sh a.chain.example b.chain.example c.chain.example
# Every node gets ca.crt and its own two files, gyms and workers ca.crt alone. Keep ca.key away from all of them.
set -eu
umask 077
[ -f ca.key ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=sensor-hub chain" -keyout ca.key -out ca.crt
for name; do
    case $name in *[!0-9.]*) names=DNS:$name ;; *) names=IP:$name ;; esac
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$names" |
        openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -extfile /dev/stdin -out "$name.crt"
    rm "$name.csr"
done
chmod a+r ./*.crt
