#!/usr/bin/env bash
# org.hibernate.validator:hibernate-validator 9.1.5.Final (Java 17 or newer); uuid 14.0.3, zod 4.6.7, validator 13.15.35 and ajv-formats
# 3.0.1 with ajv 8.20.0 (npm, node 20 or newer)
#
# A device's GUID is 32 hexadecimal digits and four hyphens, in either case; who checks only that it is one, by the library at hand, one would
# guess to let the same ones through as the next. Hibernate Validator's @UUID refuses capitals, as manufacturers of Windows machines write
# them, and version 7, which PostgreSQL 18's uuidv7() makes, and takes GUIDs of Microsoft's older kind. uuid, zod and validator take capitals
# and version 7, and refuse the older kind and GUIDs without a version (made of a serial number, say, by other rules than RFC 9562's), which
# Java's UUID and PostgreSQL's uuid hold like any other. Ajv takes all of them; the nil GUID, which is no device's, all five take.
# So what one service of a chain has registered, the next one turns down.
# Right for Muster: a GUID of whatever version and variant is a device's, but for the nil and the max GUID (docs/manifests.md, "GUIDs";
# RowVerdictTests).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund uuid@14.0.3 zod@4.6.7 validator@13.15.35 ajv@8.20.0 ajv-formats@3.0.1 >&2
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.hibernate.validator</groupId><artifactId>hibernate-validator</artifactId><version>9.1.5.Final</version></dependency>
  </dependencies>
</project>
POM
cat > guids.txt <<'GUIDS'
3f2504e0-4f89-41d3-9a0c-0305e82c3301 version 4
3F2504E0-4F89-41D3-9A0C-0305E82C3301 in capitals
01997f3a-5c00-7d3e-8a4b-1f6c2e9d0b57 version 7
3f2504e0-4f89-41d3-c10c-0305e82c3301 Microsoft's older kind
3f2504e0-4f89-01d3-9a0c-0305e82c3301 without a version
00000000-0000-0000-0000-000000000000 nil
GUIDS
cat > Guids.java <<'JAVA'
import jakarta.validation.Validation;
import java.nio.file.*;
import org.hibernate.validator.constraints.UUID;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;

class Guids {
  record Device(@UUID String id) {}

  public static void main(String[] args) throws Exception {
    try (var validators = Validation.byDefaultProvider().configure().messageInterpolator(new ParameterMessageInterpolator()).buildValidatorFactory()) {
      for (String line : Files.readAllLines(Path.of("guids.txt"))) {
        String id = line.substring(0, 36);
        boolean held = java.util.UUID.fromString(id).toString().equalsIgnoreCase(id);
        boolean taken = validators.getValidator().validate(new Device(id)).isEmpty();
        System.out.println(line.substring(37) + ": Java's UUID " + (held ? "yes" : "no") + ", @UUID " + (taken ? "yes" : "no"));
      }
    }
  }
}
JAVA
cat > guids.mjs <<'JS'
import { readFileSync } from "node:fs";
import * as uuid from "uuid";
import { z } from "zod";
import validator from "validator";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const ajv = new Ajv();
addFormats(ajv);
const takes = {
  uuid: uuid.validate, zod: (id) => z.uuid().safeParse(id).success, validator: (id) => validator.isUUID(id),
  ajv: ajv.compile({ type: "string", format: "uuid" }),
};
for (const line of readFileSync("guids.txt", "utf8").trimEnd().split("\n")) {
  console.log(Object.entries(takes).map(([name, by]) => `${name} ${by(line.slice(0, 36)) ? "yes" : "no"}`).join(", "));
}
JS
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Guids.java 2>/dev/null > java.txt
node guids.mjs > node.txt
paste -d, java.txt node.txt | sed 's/,\([^ ]\)/, \1/g' | tee seen.txt
diff seen.txt - <<'SEEN'
version 4: Java's UUID yes, @UUID yes, uuid yes, zod yes, validator yes, ajv yes
in capitals: Java's UUID yes, @UUID no, uuid yes, zod yes, validator yes, ajv yes
version 7: Java's UUID yes, @UUID no, uuid yes, zod yes, validator yes, ajv yes
Microsoft's older kind: Java's UUID yes, @UUID yes, uuid no, zod no, validator no, ajv yes
without a version: Java's UUID yes, @UUID no, uuid no, zod no, validator no, ajv yes
nil: Java's UUID yes, @UUID yes, uuid yes, zod yes, validator yes, ajv yes
SEEN
