package dev.muster.bundle;

import com.exceptionfactory.jagged.DecryptingChannelFactory;
import com.exceptionfactory.jagged.EncryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import java.security.Provider;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind age's ChaCha20-Poly1305. Java has a fast one since 21 (2,600 MB/s, measured on
 * 25); Java 17's makes 300 MB/s where Conscrypt makes 1,450, which is a second of every million
 * tokens. So: Conscrypt before 21, where its native library is to be had, and Java's own otherwise.
 * Only the payload goes through it: the recipients' X25519 stays with Java's own providers.
 *
 * <p>Conscrypt gets arrays, never buffers (see {@link ArrayCiphers}).
 */
final class AgeCipher {

  private static final int FIRST_FAST_JAVA = 21;

  private static final @Nullable Provider FASTER = faster();

  private AgeCipher() {}

  static EncryptingChannelFactory encrypting() {
    return encrypting(FASTER);
  }

  /**
   * @param engine null for Java's own
   */
  static EncryptingChannelFactory encrypting(@Nullable Provider engine) {
    return engine == null
        ? new StandardEncryptingChannelFactory()
        : new StandardEncryptingChannelFactory(engine);
  }

  static DecryptingChannelFactory decrypting() {
    return decrypting(FASTER);
  }

  /**
   * @param engine null for Java's own
   */
  static DecryptingChannelFactory decrypting(@Nullable Provider engine) {
    return engine == null
        ? new StandardDecryptingChannelFactory()
        : new StandardDecryptingChannelFactory(engine);
  }

  private static @Nullable Provider faster() {
    return Runtime.version().feature() < FIRST_FAST_JAVA ? conscrypt() : null;
  }

  /** Null where its native library is not to be had: it carries those of a few platforms only. */
  static @Nullable Provider conscrypt() {
    return Conscrypt.isAvailable() ? new ArrayCiphers(Conscrypt.newProvider()) : null;
  }
}
