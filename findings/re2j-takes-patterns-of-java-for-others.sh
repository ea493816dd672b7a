#!/usr/bin/env bash
# com.google.re2j:re2j 1.8, beside java.util.regex of the Java on the path, 17 or newer
#
# RE2/J is put in the place of java.util.regex where patterns come from others, as its time can't explode; what it does not know, look-around
# and back references, it refuses. One would guess that a pattern that both take means the same to both. `[A-Z&&[^IO]]`, Java's way to leave
# out the letters that look like digits, is to RE2 a class that has & and [ in it, and a ] behind it. `[[:digit:]]` is digits to RE2, and to
# Java a colon and some letters. `\0101` is A to Java, and \010 and a 1 to RE2. `(?i)` is for all of Unicode in RE2: with it
# s is ſ (U+017F) as well and k the Kelvin sign (U+212A), so `(?i)sn-\d+` matches a serial number that nobody finds by typing it; Java's
# (?i) is ASCII's. And RE2's `.` takes a carriage return, where Java's stops. None of these raises an error in either.
# Right for Muster: a class within a class is refused when the pattern is given; who wants no ſ writes [Ss] (docs/manifests.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.google.re2j</groupId><artifactId>re2j</artifactId><version>1.8</version></dependency>
  </dependencies>
</project>
POM
cat > Patterns.java <<'JAVA'
class Patterns {
  public static void main(String[] args) {
    String[][] cases = {
      {"[A-Z&&[^IO]]\\d+", "A12", "A12"}, {"[A-Z&&[^IO]]\\d+", "&]12", "&]12"}, {"[[:digit:]]+", "12", "12"}, {"\\0101", "A", "A"},
      {"(?i)sn-\\d+", "SN-1", "SN-1"}, {"(?i)sn-\\d+", "\u017fn-1", "U+017F n-1"}, {"(?i)k\\d+", "\u212a1", "U+212A 1"},
      {"a.b", "a\rb", "a CR b"},
    };
    for (String[] one : cases) {
      System.out.println(one[0] + " of " + one[2] + ": Java " + java.util.regex.Pattern.matches(one[0], one[1])
          + ", RE2/J " + com.google.re2j.Pattern.matches(one[0], one[1]));
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Patterns.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
[A-Z&&[^IO]]\d+ of A12: Java true, RE2/J false
[A-Z&&[^IO]]\d+ of &]12: Java false, RE2/J true
[[:digit:]]+ of 12: Java false, RE2/J true
\0101 of A: Java true, RE2/J false
(?i)sn-\d+ of SN-1: Java true, RE2/J true
(?i)sn-\d+ of U+017F n-1: Java false, RE2/J true
(?i)k\d+ of U+212A 1: Java false, RE2/J true
a.b of a CR b: Java false, RE2/J true
SEEN
