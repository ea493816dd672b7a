package dev.muster.arrival;

import dev.muster.home.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Manifests that came whole in a message: they lie in the inbox itself, and their senders hear from
 * the outcomes.
 */
@Component
class ContentPlace implements Place {

  private final JdbcClient jdbc;

  ContentPlace(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public boolean holds(URI location) {
    return location.equals(Inbox.CONTENT);
  }

  @Override
  public void fetch(Arrival arrival, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException {
    Optional<byte[]> content =
        jdbc.sql("SELECT content FROM arrival_content WHERE arrival_id = ?")
            .param(arrival.id())
            .query(byte[].class)
            .optional();
    if (content.isEmpty()) {
      throw new ArrivalRefusedException(
          "The content of this manifest was removed from the inbox. Send it again.");
    }
    try (FileChannel channel = SecretFile.open(target);
        InputStream in = new java.io.ByteArrayInputStream(content.get())) {
      in.transferTo(Channels.newOutputStream(channel));
    }
  }

  /** Its signature comes with the message. */
  @Override
  public Optional<byte[]> signature(Arrival arrival) {
    return Optional.empty();
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) {
    return answer.bundle() == null ? null : answer.bundle().uri();
  }
}
