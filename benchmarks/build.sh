# Builds the driver and the JMH benchmarks when a source is newer; sourced by the scripts beside it.
# Takes the folders of the root that matter; sets HERE, JAVA and CP.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
CP="$HERE/target/classes:$HERE/target/lib/*"
build() {
  local root=$HERE/.. stamp=$HERE/target/lib/.built began
  if [ ! -e "$stamp" ] ||
     [ -n "$(cd "$root" && find pom.xml benchmarks/pom.xml benchmarks/src "$@" -newer "$stamp" -print -quit)" ]; then
    echo "building the benchmarks ..." >&2
    began=$(mktemp)
    (cd "$root" && mvn -q -B -Pbench -pl benchmarks -am -DskipTests -Djacoco.skip=true -Dspotless.check.skip=true package >&2) ||
      { rm -f "$began"; return 1; }
    touch -r "$began" "$stamp"
    rm -f "$began"
  fi
}
