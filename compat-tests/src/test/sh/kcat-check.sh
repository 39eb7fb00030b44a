#!/usr/bin/env bash
# Checks a Kafka-protocol server with kcat (built on librdkafka).
#
#   usage: kcat-check.sh BOOTSTRAP            e.g.  kcat-check.sh 127.0.0.1:9092
#          kcat-check.sh BOOTSTRAP before|after TOPIC GROUP     a group's offsets only, around a restart of the server
#
# Needs kcat 1.7.x (Debian package "kcat") and the usual Unix tools.  The
# server must create topics on first use (auto.create.topics.enable=true) with
# at least one partition.  Topic and group names are random, so the script can
# be run again and again on the same server.  It takes about a minute and
# prints one line a check, then:
#
#   kcat: N passed, N failed, N skipped
#
# Checks of transactions are made where the server advertises transactions
# (AddPartitionsToTxn and EndTxn in ApiVersions), and else skipped with a line
# that says so.  Exit status: 0 when nothing failed.  Every check was seen to pass
# against Apache Kafka 4.3.1.  Set KCAT_X="-X a=b -X c=d" for extra client properties
# (security.protocol and so on).
set -u
BOOT=${1:?usage: $0 BOOTSTRAP}
command -v kcat >/dev/null || { echo "kcat: 0 passed, 0 failed, 1 skipped"; exit 0; }
TAG=kc$$x$RANDOM
DIR=$(mktemp -d); trap 'rm -rf "$DIR"' EXIT
PASS=0 FAIL=0 SKIP=0
# shellcheck disable=SC2086
k() { timeout 40 kcat -b "$BOOT" ${KCAT_X:-} "$@"; }
ok()   { PASS=$((PASS+1)); echo "ok   $1"; }
bad()  { FAIL=$((FAIL+1)); echo "FAIL $1"; [ $# -gt 1 ] && printf '     %s\n' "$2" | head -5; }
skip() { SKIP=$((SKIP+1)); echo "skip $1: $2"; }
# await SECONDS COMMAND...: until the command succeeds; what follows checks the outcome
await() { local n=$(( $1 * 10 )); shift; while [ $n -gt 0 ] && ! "$@" >/dev/null 2>&1; do n=$((n-1)); sleep 0.1; done; }
# same NAME EXPECTED ACTUAL
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "expected [$(printf %s "$2" | head -c 300)] got [$(printf %s "$3" | head -c 300)]"; fi; }
# has NAME REGEX TEXT
has()  { if printf '%s\n' "$3" | grep -Eq -- "$2"; then ok "$1"; else bad "$1" "no /$2/ in [$(printf %s "$3" | head -c 300)]"; fi; }

finish() { echo "kcat: $PASS passed, $FAIL failed, $SKIP skipped"; [ "$FAIL" -eq 0 ]; }

if [ $# = 4 ]; then
  case $2 in before) from=1 to=60 ;; after) from=61 to=80 ;; *) echo "before or after, not $2" >&2; exit 2 ;; esac
  seq $from $to | k -P -t "$3" 2>/dev/null
  out=$(k -G "$4" -X auto.offset.reset=earliest -X session.timeout.ms=6000 -c $((to - from + 1)) -q "$3" 2>/dev/null | sort -n | tr '\n' ' ')
  same "a group's offsets, $2 the restart" "$(seq $from $to | tr '\n' ' ')" "$out"
  finish
  exit
fi

T=$TAG-t           # main topic; everything of it goes to partition 0

# all metadata, JSON metadata --------------------------------------------
out=$(k -L 2>&1);            has  "metadata lists a broker"          'broker [0-9]+ at .+:[0-9]+' "$out"
out=$(k -L -J 2>&1);         has  "metadata names the controller"    '"controllerid":[0-9]+' "$out"

# produce with a key, consume from the beginning --------------------------
printf 'k1:v1\nk2:v2\nk3:v3\n' | k -P -t "$T" -p 0 -K: 2>"$DIR/e"; same "produce 3 keyed messages (topic is made)" 0 $?
out=$(k -C -t "$T" -p 0 -o beginning -e -q -K: 2>&1);  same "consume them in order with keys" $'k1:v1\nk2:v2\nk3:v3' "$out"
out=$(k -L -t "$T" 2>&1);    has  "metadata of one topic"             "topic \"$T\" with [0-9]+ partitions" "$out"
out=$(k -C -t "$T" -p 0 -o beginning -e -q -f '%o ' 2>&1); same "offsets count from 0" "0 1 2 " "$out"

# where to start ----------------------------------------------------------
out=$(k -C -t "$T" -p 0 -o 1 -e -q 2>&1);               same "start at an absolute offset" $'v2\nv3' "$out"
out=$(k -C -t "$T" -p 0 -o -1 -e -q 2>&1);              same "start one before the end" "v3" "$out"
out=$(k -C -t "$T" -p 0 -o end -e -q 2>&1);             same "start at the end: nothing" "" "$out"

# offset queries ----------------------------------------------------------
out=$(k -Q -t "$T:0:-1" 2>&1);                          has  "query the end offset"       "\[0\] offset 3" "$out"
out=$(k -Q -t "$T:0:-2" 2>&1);                          has  "query the start offset"     "\[0\] offset 0" "$out"
ts=$(k -C -t "$T" -p 0 -o 1 -c 1 -q -f '%T' 2>/dev/null)
out=$(k -Q -t "$T:0:1" 2>&1);                           has  "query by an old timestamp gives the first" "\[0\] offset 0" "$out"
out=$(k -Q -t "$T:0:$(( ${ts:-0} + 86400000 ))" 2>&1);  has  "query by a later timestamp gives the end"   "\[0\] offset (-1|3)" "$out"

# a second topic for timestamps: the second message later than one after the first --
S=$TAG-s
later() { [ "$(date +%s%3N)" -gt "$mid" ]; }
echo a | k -P -t "$S" -p 0 2>/dev/null
mid=$(( $(k -C -t "$S" -p 0 -o beginning -c 1 -q -f '%T' 2>/dev/null) + 1 ))
await 5 later; echo b | k -P -t "$S" -p 0 2>/dev/null
out=$(k -Q -t "$S:0:$mid" 2>&1);                        has  "query by a timestamp between two messages" "\[0\] offset 1" "$out"
out=$(k -C -t "$S" -p 0 -o "s@$mid" -e -q 2>&1);        same "start at a timestamp" "b" "$out"

# payload forms ------------------------------------------------------------
C=$TAG-c
for z in gzip snappy lz4 zstd; do
  seq -f "$z-%04g" 1 500 | k -P -t "$C-$z" -p 0 -X compression.codec=$z 2>"$DIR/e"
  out=$(k -C -t "$C-$z" -p 0 -o beginning -e -q 2>/dev/null | md5sum)
  same "500 messages compressed with $z" "$(seq -f "$z-%04g" 1 500 | md5sum)" "$out"
done
H=$TAG-h
echo hv | k -P -t "$H" -p 0 -H one=1 -H two=zwei -H two=deux 2>/dev/null
out=$(k -C -t "$H" -p 0 -o beginning -e -q -f '%h|%s' 2>&1); same "headers, a name twice" "one=1,two=zwei,two=deux|hv" "$out"

# null values, large values ----------------------------------------------------
N=$TAG-n
printf 'a:\nb:x\n' | k -P -t "$N" -p 0 -K: -Z 2>/dev/null
out=$(k -C -t "$N" -p 0 -o beginning -e -q -Z -f '%k=%s/%S ' 2>&1); same "null value (tombstone)" "a=NULL/-1 b=x/1 " "$out"
head -c 900000 /dev/urandom | base64 -w0 | head -c 900000 >"$DIR/big"
k -P -t "$TAG-b" -p 0 "$DIR/big" 2>/dev/null
out=$(k -C -t "$TAG-b" -p 0 -o beginning -e -q -D '' 2>/dev/null | md5sum); same "one 900 kB message" "$(md5sum <"$DIR/big")" "$out"
head -c 1200000 "$DIR/big" >"$DIR/x"; cat "$DIR/big" >>"$DIR/x"
out=$(k -P -t "$TAG-b" -p 0 -X message.max.bytes=4000000 "$DIR/x" 2>&1); has "1.8 MB message is refused" 'Message size too large|too large|MSG_SIZE' "$out"

# acks and idempotence ------------------------------------------------------------
A=$TAG-a
for a in 0 1 all; do echo "acks-$a" | k -P -t "$A" -p 0 -X acks=$a 2>/dev/null; done
three() { k -Q -t "$A:0:-1" | grep -q 'offset 3'; }; await 10 three
out=$(k -C -t "$A" -p 0 -o beginning -e -q 2>&1);       same "acks 0, 1 and all" $'acks-0\nacks-1\nacks-all' "$out"
seq 1 1000 | k -P -t "$TAG-i" -p 0 -X enable.idempotence=true 2>"$DIR/e"
out=$(k -C -t "$TAG-i" -p 0 -o beginning -e -q 2>/dev/null | md5sum); same "1000 messages, idempotent producer" "$(seq 1 1000 | md5sum)" "$out"

# transactions ------------------------------------------------------------------
X=$TAG-x
has_api() { printf '%s\n' "$apis" | grep -q "ApiKey $1 "; }
transactions() {
  printf 'x1\nx2\n' | k -P -t "$X" -p 0 -X transactional.id="$TAG-tx" 2>"$DIR/e"; same "a transaction is committed" 0 $?
  out=$(k -C -t "$X" -p 0 -o beginning -e -q -X isolation.level=read_committed 2>&1); same "read_committed sees it" $'x1\nx2' "$out"
  out=$(k -Q -t "$X:0:-1" 2>&1);                        has  "the commit marker takes an offset" "\[0\] offset 3" "$out"
  # kcat aborts the transaction when it is interrupted
  mkfifo "$DIR/f"; kcat -b "$BOOT" ${KCAT_X:-} -P -t "$X" -p 0 -X transactional.id="$TAG-tx2" -X linger.ms=5 <"$DIR/f" 2>/dev/null & kp=$!
  exec 9>"$DIR/f"; echo ab1 >&9
  written() { k -Q -t "$X:0:-1" | grep -q 'offset 4'; }; await 5 written
  gone() { ! kill -0 $kp; }; kill -INT $kp 2>/dev/null; await 2 gone; exec 9>&-; wait $kp 2>/dev/null
  echo after | k -P -t "$X" -p 0 2>/dev/null
  out=$(k -C -t "$X" -p 0 -o beginning -e -q -X isolation.level=read_committed 2>&1); same "read_committed hides an aborted transaction" $'x1\nx2\nafter' "$out"
  out=$(k -C -t "$X" -p 0 -o beginning -e -q -X isolation.level=read_uncommitted 2>&1 | tr '\n' ' '); has "read_uncommitted shows it" '^x1 x2 (ab1 )?after $' "$out"
}
apis=$(k -L -d feature 2>&1)
if has_api AddPartitionsToTxn && has_api EndTxn; then transactions
else skip "transactions" "the server does not advertise AddPartitionsToTxn and EndTxn"; fi

# consumer groups -------------------------------------------------------------
G=$TAG-g
seq 1 60 | k -P -t "$TAG-gt" 2>/dev/null
out=$(k -G "$G" -X auto.offset.reset=earliest -X session.timeout.ms=6000 -c 60 -q "$TAG-gt" 2>/dev/null | sort -n | tr '\n' ' ')
same "a group reads all partitions" "$(seq 1 60 | tr '\n' ' ')" "$out"
seq 61 80 | k -P -t "$TAG-gt" 2>/dev/null
out=$(k -G "$G" -X auto.offset.reset=earliest -X session.timeout.ms=6000 -c 20 -q "$TAG-gt" 2>/dev/null | sort -n | tr '\n' ' ')
same "it goes on at its committed offsets" "$(seq 61 80 | tr '\n' ' ')" "$out"
out=$(k -G "$G-new" -X auto.offset.reset=earliest -X session.timeout.ms=6000 -X partition.assignment.strategy=cooperative-sticky -c 80 -q "$TAG-gt" 2>/dev/null | sort -n | tr '\n' ' ')
same "another group, cooperative-sticky, reads all 80" "$(seq 1 80 | tr '\n' ' ')" "$out"
# two members: between them they must see each message
for m in 1 2; do
  timeout 25 kcat -b "$BOOT" ${KCAT_X:-} -G "$G-two" -X auto.offset.reset=earliest -X session.timeout.ms=6000 -q -u "^$TAG-gt\$" >"$DIR/m$m" 2>/dev/null &
  echo $! >"$DIR/p$m"
done
eighty() { [ "$(cat "$DIR/m1" "$DIR/m2" | wc -l)" -ge 80 ]; }; await 20 eighty
kill -TERM "$(cat "$DIR/p1")" "$(cat "$DIR/p2")" 2>/dev/null; wait "$(cat "$DIR/p1")" "$(cat "$DIR/p2")" 2>/dev/null
out=$(cat "$DIR/m1" "$DIR/m2" | sort -n -u | tr '\n' ' ')
same "two members by pattern subscription read all" "$(seq 1 80 | tr '\n' ' ')" "$out"

# errors ---------------------------------------------------------------------------
out=$(k -C -t "$T" -p 99 -o beginning -e 2>&1);         has  "unknown partition is an error" '[Uu]nknown partition|does not exist|ERROR' "$out"
out=$(k -C -t "$T" -p 0 -o 1000 -e -q -X auto.offset.reset=error 2>&1); has "offset out of range is an error" '[Oo]ut of range|[Oo]ffset' "$out"
out=$(echo x | k -P -t 'bad/name!' 2>&1);              has  "an invalid topic name is refused" 'Invalid topic|INVALID_TOPIC|[Uu]nknown topic' "$out"

finish
