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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One account a role, for development. Their passwords are made once, and lie in a file, one line
 * each; accounts with several roles may be added there: {@code technician,auditor <password>}.
 */
final class DevelopmentAccounts {

  private static final int PASSWORD_BYTES = 12;

  /**
   * One of them; it is called as its roles are.
   *
   * @param factory which the account belongs to; null: none
   */
  record Account(List<Role> roles, String password, @Nullable String factory) {
    String name() {
      return roles.stream().map(Role::word).collect(Collectors.joining(","));
    }

    /** Without the password. */
    @Override
    public String toString() {
      return name();
    }
  }

  private final Map<String, Account> accounts;

  private DevelopmentAccounts(List<Account> accounts) {
    this.accounts =
        accounts.stream()
            .collect(
                Collectors.toMap(
                    Account::name, one -> one, (first, again) -> again, LinkedHashMap::new));
  }

  static Path file(MusterHome home) {
    return home.keys().resolve("dev-accounts");
  }

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
    return new DevelopmentAccounts(
        Files.readAllLines(file).stream()
            .map(line -> line.strip().split("\\s+", 2))
            .filter(words -> words.length == 2)
            .map(words -> account(words[0], words[1]))
            .filter(account -> !account.roles().isEmpty())
            .toList());
  }

  private static Account account(String name, String password) {
    List<Role> roles =
        Arrays.stream(name.split(",")).flatMap(word -> Role.of(word).stream()).toList();
    return new Account(
        roles, password, roles.contains(Role.FACTORY) ? DevelopmentFactory.ID : null);
  }

  Optional<Account> find(String name) {
    return Optional.ofNullable(accounts.get(name));
  }

  List<Account> all() {
    return List.copyOf(accounts.values());
  }

  private static String password() {
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
