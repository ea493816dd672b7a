#!/usr/bin/env bash
# tools.jackson.dataformat:jackson-dataformat-csv 3.1.7, Java 17 or newer
#
# mapper.schemaFor(Device.class).withHeader() reads a CSV file that has a header into Devices; one would guess that a column goes to the
# property that it is named after, wherever it stands. "With header" means that there is one: where the schema has columns, its line is
# passed over unread, and the first column goes to the schema's first property. So a serial number becomes a device's id, and a file whose
# columns are called colour and weight is read as well, without an error. Which property is first changes, too: a record's are in its own
# order, a class's in that of the alphabet, so that a class made into a record reads the same file the other way round. By names it goes with
# withColumnReordering(true), or a schema without columns (emptySchema().withHeader()); withStrictHeaders(true) refuses another order.
# What such a mapper has written itself it reads as it was, so a test that writes and reads back sees nothing of all this.
# Right for Muster: columns are found by name, in any order (docs/manifests.md, "Names of columns").
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>tools.jackson.dataformat</groupId><artifactId>jackson-dataformat-csv</artifactId><version>3.1.7</version></dependency>
  </dependencies>
</project>
POM
cat > Columns.java <<'JAVA'
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.csv.*;

class Columns {
  public record DeviceRecord(String serial, String id) {}

  public static class DeviceClass {
    public String serial;
    public String id;

    @Override public String toString() {
      return "DeviceClass[serial=" + serial + ", id=" + id + "]";
    }
  }

  static final CsvMapper MAPPER = new CsvMapper();

  static String read(Class<?> type, CsvSchema schema, String file) {
    try {
      return MAPPER.readerFor(type).with(schema).readValue(file).toString();
    } catch (JacksonException e) {
      return "refused";
    }
  }

  public static void main(String[] args) {
    for (Class<?> type : new Class<?>[] {DeviceRecord.class, DeviceClass.class}) {
      var schema = MAPPER.schemaFor(type).withHeader();
      for (String file : new String[] {"serial,id\nSN-1,4711\n", "id,serial\n4711,SN-1\n", "colour,weight\nred,12\n"}) {
        System.out.println(file.replace("\n", "; ") + "with header " + read(type, schema, file)
            + "; reordering " + read(type, schema.withColumnReordering(true), file)
            + "; strict " + read(type, schema.withStrictHeaders(true), file));
      }
    }
    var schema = CsvSchema.emptySchema().withHeader();
    System.out.println("no columns in the schema: " + read(DeviceRecord.class, schema, "id,serial\n4711,SN-1\n"));
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Columns.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
serial,id; SN-1,4711; with header DeviceRecord[serial=SN-1, id=4711]; reordering DeviceRecord[serial=SN-1, id=4711]; strict DeviceRecord[serial=SN-1, id=4711]
id,serial; 4711,SN-1; with header DeviceRecord[serial=4711, id=SN-1]; reordering DeviceRecord[serial=SN-1, id=4711]; strict refused
colour,weight; red,12; with header DeviceRecord[serial=red, id=12]; reordering refused; strict refused
serial,id; SN-1,4711; with header DeviceClass[serial=4711, id=SN-1]; reordering DeviceClass[serial=SN-1, id=4711]; strict refused
id,serial; 4711,SN-1; with header DeviceClass[serial=SN-1, id=4711]; reordering DeviceClass[serial=SN-1, id=4711]; strict DeviceClass[serial=SN-1, id=4711]
colour,weight; red,12; with header DeviceClass[serial=12, id=red]; reordering refused; strict refused
no columns in the schema: DeviceRecord[serial=SN-1, id=4711]
SEEN
