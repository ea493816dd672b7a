package dev.muster.credential.sas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class BegunHmacTest {

  /** Keys and texts around where a block of 64 bytes ends, and some by chance. */
  @Test
  void itSignsAsJavasOwnHmacDoes() throws Exception {
    Random random = new Random(4);
    byte[] signature = new byte[BegunHmac.LENGTH];
    for (int keyLength : new int[] {1, 44, 63, 64, 65, 200}) {
      byte[] key = bytes(random, keyLength);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (int beginningLength : new int[] {0, 1, 63, 64, 65, 127, 128, 150}) {
        byte[] beginning = bytes(random, beginningLength);
        BegunHmac hmac = new BegunHmac(key, beginning);
        for (int more : new int[] {0, 1, 55, 56, 64, 70}) {
          byte[] text = Arrays.copyOf(beginning, beginningLength + more);
          System.arraycopy(bytes(random, more), 0, text, beginningLength, more);

          hmac.sign(text, signature);

          assertThat(signature)
              .as("key of %d, %d and %d bytes", keyLength, beginningLength, more)
              .isEqualTo(mac.doFinal(text));
        }
      }
    }
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
