#!/usr/bin/env bash
# com.opencsv:opencsv 5.12.0, Java 17 or newer
#
# A CSVReader reads from a stream, and one would guess that an IOException of that stream comes out of it, as out of a BufferedReader. Before
# each row it looks whether its stream is still open, and an exception there it takes for "closed", which it takes for the end of the file.
# So a connection that is reset, or times out, right behind a line that had arrived whole is a file that ends there: readNext gives null,
# readAll a list, and half a manifest is taken for all of it. In the middle of a line the same exception is thrown. A ZipException and those
# of character sets are thrown in both places, and with withVerifyReader(false) all are.
# Right for Muster: an error while reading is never an end (its own reader of records; ArrivalTests, UploadTests), and how many rows there
# are is said in the file, `# rows=N` (docs/manifests.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.opencsv</groupId><artifactId>opencsv</artifactId><version>5.12.0</version></dependency>
  </dependencies>
</project>
POM
cat > ReadError.java <<'JAVA'
import com.opencsv.*;
import java.io.*;
import java.net.*;
import java.util.List;

class ReadError {
  static Reader from(String arrived, IOException then) {
    return new InputStreamReader(new SequenceInputStream(new ByteArrayInputStream(arrived.getBytes()), new InputStream() {
      @Override public int read() throws IOException {
        throw then;
      }
    }));
  }

  static String read(CSVReader csv) throws Exception {
    try (csv) {
      return csv.readAll().size() + " rows, no error";
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  public static void main(String[] args) throws Exception {
    for (IOException e : List.of(new SocketException("Connection reset"), new SocketTimeoutException("Read timed out"))) {
      String whole = "device_id,model\n1,TH-200\n2,TH-200\n";
      try (var lines = new BufferedReader(from(whole, e))) {
        while (lines.readLine() != null) {}
        System.out.println("BufferedReader, behind a line: no error");
      } catch (IOException thrown) {
        System.out.println("BufferedReader, behind a line: " + thrown.getMessage());
      }
      System.out.println("CSVReader, behind a line: " + read(new CSVReader(from(whole, e))));
      System.out.println("CSVReader, within a line: " + read(new CSVReader(from(whole + "3,TH", e))));
      System.out.println("withVerifyReader(false), behind a line: " + read(new CSVReaderBuilder(from(whole, e)).withVerifyReader(false).build()));
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" ReadError.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
BufferedReader, behind a line: Connection reset
CSVReader, behind a line: 3 rows, no error
CSVReader, within a line: Connection reset
withVerifyReader(false), behind a line: Connection reset
BufferedReader, behind a line: Read timed out
CSVReader, behind a line: 3 rows, no error
CSVReader, within a line: Read timed out
withVerifyReader(false), behind a line: Read timed out
SEEN
