package dev.muster.signin;

import dev.muster.access.Role;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One account a role, for development. Their passwords are made once, and lie in a file. */
final class DevelopmentAccounts {

  private static final int PASSWORD_BYTES = 12;

  /**
   * One of them; it is called as its role is.
   *
   * @param factory which the account belongs to; null: none
   */
  record Account(Role role, String password, @Nullable String factory) {
    String name() {
      return role.word();
    }

    /** Without the password. */
    @Override
    public String toString() {
      return name();
    }
  }

  private final Map<String, Account> accounts;

  private DevelopmentAccounts(List<Account> accounts) {
    this.accounts = accounts.stream().collect(Collectors.toMap(Account::name, one -> one));
  }

  /** Where the passwords lie. */
  static Path file(MusterHome home) {
    return home.keys().resolve("dev-accounts");
  }

  /** Reads them; the first time, makes them. */
  static DevelopmentAccounts of(MusterHome home) throws IOException {
    Path file = file(home);
    if (!Files.exists(file)) {
      SecretFile.createDirectories(home.keys());
      try {
        SecretFile.createNew(
            file,
            Arrays.stream(Role.values())
                .map(role -> role.word() + " " + password() + "\n")
                .collect(Collectors.joining()));
      } catch (FileAlreadyExistsException e) {
        // Another process was first.
      }
    }
    Map<String, String> passwords =
        Files.readAllLines(file).stream()
            .map(line -> line.strip().split("\\s+", 2))
            .filter(words -> words.length == 2)
            .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    return new DevelopmentAccounts(
        Arrays.stream(Role.values())
            .filter(role -> passwords.containsKey(role.word()))
            .map(
                role ->
                    new Account(
                        role,
                        Objects.requireNonNull(passwords.get(role.word())),
                        role == Role.FACTORY ? DevelopmentFactory.ID : null))
            .toList());
  }

  Optional<Account> find(String name) {
    return Optional.ofNullable(accounts.get(name));
  }

  List<Account> all() {
    return Arrays.stream(Role.values()).flatMap(role -> find(role.word()).stream()).toList();
  }

  private static String password() {
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
