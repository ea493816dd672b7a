package dev.muster.upload;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.Place;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The uploaded files as a place. Who sent one sees in the console, or asks the API, what became of
 * it, so the answer is only that the file goes when it is needed no longer.
 */
@Component
class UploadPlace implements Place {

  /** Of its locations: whichever instance took an upload, each finds it by its number. */
  private static final String SCHEME = "upload";

  private final Spool spool;
  private final ReceivedContent contents;

  UploadPlace(Spool spool, ReceivedContent contents) {
    this.spool = spool;
    this.contents = contents;
  }

  @Override
  public boolean holds(URI location) {
    return SCHEME.equals(location.getScheme());
  }

  static URI location(UUID upload) {
    return URI.create(SCHEME + ":" + upload);
  }

  private Path file(Arrival arrival) {
    return spool.upload(UUID.fromString(arrival.location().getSchemeSpecificPart()));
  }

  @Override
  public Optional<Content> received(Arrival arrival) throws IOException {
    String sha256 = arrival.announcedSha256();
    return sha256 == null ? contents.find(file(arrival)) : contents.find(file(arrival), sha256);
  }

  /** There is nothing to fetch but what was received. */
  @Override
  public void fetch(Arrival arrival, Path target, long mostBytes) throws ArrivalRefusedException {
    throw new ArrivalRefusedException(
        "The uploaded file is gone: it was removed when this arrival was done or refused. Send it"
            + " again.");
  }

  /** It comes with the upload. */
  @Override
  public Optional<byte[]> signature(Arrival arrival) {
    return Optional.empty();
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    if (answer.verdict() != Verdict.FAILED) {
      contents.remove(file(arrival));
    }
    return answer.bundle() == null ? null : answer.bundle().uri();
  }
}
