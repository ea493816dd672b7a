package dev.muster.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Writer;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A manifest of any size whose rows follow from a seed, and which knows the line of each of its
 * GUIDs: so it can say of a bundle of millions what is lost, strange or twice, without a list of
 * them. Its last rows are refused.
 *
 * @param rows how many are accepted
 */
record LargeManifest(String name, int rows, long seed) {

  /** So many rows are repeated, each of them once, behind all others; the last is no GUID. */
  static final int REPEATED = 30;

  /** Odd, so each 32-bit number has its own product, and {@link #BACK} leads back. */
  private static final int SPREAD = 0x9E3779B1;

  private static final int BACK = inverse(SPREAD);

  private static final Pattern TOKEN =
      Pattern.compile("SharedAccessSignature sr=([^&]+)&sig=([^&]+)&se=([0-9]+)&skn=[^&]+");

  void write(Path file) throws IOException {
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write("device_id,serial_number,model\n");
      for (int row = 0; row < rows + REPEATED; row++) {
        out.write("%s,SN-%d,T-%d%n".formatted(guid(row % rows), row, row % 7));
      }
      out.write("not-a-guid,SN-0,T-0\n");
    }
  }

  int rejects() {
    return REPEATED + 1;
  }

  private String guid(int row) {
    long mixed = (row + seed * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
    mixed ^= mixed >>> 29;
    return "%08x-%04x-4%03x-8%03x-%012x"
        .formatted(
            row * SPREAD,
            mixed >>> 48,
            (mixed >>> 36) & 0xFFF,
            mixed & 0xFFF,
            mixed & 0xFFFFFFFFFFFFL);
  }

  private static int inverse(int odd) {
    int inverse = odd;
    for (int bits = 3; bits < Integer.SIZE; bits *= 2) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  /** Takes the lines of a bundle, and says in the end what is wrong with them. */
  final class Check {

    private final Map<String, byte[]> keyByNamespace;
    private final long expires;
    private final BitSet seen = new BitSet(rows);
    private final Mac mac;
    private final StringBuilder strange = new StringBuilder();
    private long twice;
    private long wrongTokens;
    private long lines;

    Check(Map<String, byte[]> keyByNamespace, long expires) throws GeneralSecurityException {
      this.keyByNamespace = keyByNamespace;
      this.expires = expires;
      mac = Mac.getInstance("HmacSHA256");
    }

    void line(String line) throws GeneralSecurityException {
      lines++;
      String[] cells = line.split(",", -1);
      int row = (int) Long.parseLong(cells[0], 0, 8, 16) * BACK;
      if (row < 0 || row >= rows || !guid(row).equals(cells[0])) {
        if (strange.length() < 200) {
          strange.append(cells[0]).append(' ');
        }
        return;
      }
      if (seen.get(row)) {
        twice++;
      }
      seen.set(row);
      byte[] key = keyByNamespace.get(cells[1]);
      Matcher token = TOKEN.matcher(cells[3]);
      if (key == null
          || !token.matches()
          || !token.group(1).endsWith("publishers%2F" + cells[0])
          || Long.parseLong(token.group(3)) != expires
          || !signed(token.group(1) + "\n" + token.group(3), key)
              .equals(URLDecoder.decode(token.group(2), UTF_8))) {
        wrongTokens++;
      }
    }

    private String signed(String what, byte[] key) throws GeneralSecurityException {
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(what.getBytes(UTF_8)));
    }

    long lines() {
      return lines;
    }

    List<String> wrong() {
      List<String> wrong = new ArrayList<>();
      int lost = rows - seen.cardinality();
      if (lost + twice + wrongTokens + strange.length() > 0) {
        wrong.add(
            "%s: %d lost, %d twice, %d wrong tokens, nobody sent %s"
                .formatted(name, lost, twice, wrongTokens, strange));
      }
      return wrong;
    }
  }
}
