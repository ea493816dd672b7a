package dev.muster.bundle;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/**
 * Another provider's ChaCha20-Poly1305, which is given arrays where its caller has buffers.
 * Conscrypt (2.9.0) copies a buffer on the heap to a new direct one for each call, which stays
 * until the collector runs: ten million tokens took a gigabyte of memory outside the heap that way.
 * {@link CipherSpi} hands on the arrays of buffers that have one.
 */
final class ArrayCiphers extends Provider {

  private static final long serialVersionUID = 1;

  private static final String ALGORITHM = "ChaCha20-Poly1305";

  ArrayCiphers(Provider engine) {
    super(engine.getName() + "Arrays", engine.getVersionStr(), engine.getInfo());
    putService(
        new Service(this, "Cipher", ALGORITHM, ByArrays.class.getName(), null, null) {
          @Override
          public Object newInstance(@Nullable Object parameter) throws NoSuchAlgorithmException {
            try {
              return new ByArrays(Cipher.getInstance(ALGORITHM, engine));
            } catch (GeneralSecurityException e) {
              throw new NoSuchAlgorithmException(e);
            }
          }
        });
  }

  private static final class ByArrays extends CipherSpi {

    private final Cipher cipher;

    ByArrays(Cipher cipher) {
      this.cipher = cipher;
    }

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
      throw new NoSuchAlgorithmException(ALGORITHM + " has no modes.");
    }

    @Override
    protected void engineSetPadding(String padding) {
      throw new UnsupportedOperationException(ALGORITHM + " has no padding.");
    }

    @Override
    protected int engineGetBlockSize() {
      return cipher.getBlockSize();
    }

    @Override
    protected int engineGetOutputSize(int inputLength) {
      return cipher.getOutputSize(inputLength);
    }

    @Override
    protected byte[] engineGetIV() {
      return cipher.getIV();
    }

    @Override
    protected @Nullable AlgorithmParameters engineGetParameters() {
      return cipher.getParameters();
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
      cipher.init(mode, key, random);
    }

    @Override
    protected void engineInit(
        int mode, Key key, AlgorithmParameterSpec parameters, SecureRandom random)
        throws InvalidKeyException, InvalidAlgorithmParameterException {
      cipher.init(mode, key, parameters, random);
    }

    @Override
    protected void engineInit(
        int mode, Key key, AlgorithmParameters parameters, SecureRandom random)
        throws InvalidKeyException, InvalidAlgorithmParameterException {
      cipher.init(mode, key, parameters, random);
    }

    @Override
    protected byte[] engineUpdate(byte[] input, int offset, int length) {
      return cipher.update(input, offset, length);
    }

    @Override
    protected int engineUpdate(byte[] input, int offset, int length, byte[] output, int at)
        throws ShortBufferException {
      return cipher.update(input, offset, length, output, at);
    }

    @Override
    protected byte[] engineDoFinal(byte[] input, int offset, int length)
        throws IllegalBlockSizeException, BadPaddingException {
      return cipher.doFinal(input, offset, length);
    }

    @Override
    protected int engineDoFinal(byte[] input, int offset, int length, byte[] output, int at)
        throws ShortBufferException, IllegalBlockSizeException, BadPaddingException {
      return cipher.doFinal(input, offset, length, output, at);
    }
  }
}
