package dev.muster.arrival;

import dev.muster.arrival.ArrivalProperties.RevocationTiming;
import dev.muster.arrival.UntakenFiles.Spot;
import dev.muster.manifest.Updates;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Where every source writes down what came, before it acknowledges it. A row stays for good: what
 * comes again is known by it.
 */
@Component
public class Inbox {

  /** The location of a manifest that came whole in a message: its content is in the inbox. */
  public static final URI CONTENT = URI.create("inbox:content");

  /** Since when the arrival {@code a} waits for whoever takes it: a list, not before its night. */
  public static final String WAITS_SINCE =
      """
      greatest(a.arrived_at, CASE WHEN a.kind = 'REVOCATIONS' THEN (SELECT max(started_at) FROM nightly_run) END)\
      """;

  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private static final int MOST_UNUSABLE = 10_000;

  private final JdbcClient jdbc;
  private final ApplicationEventPublisher events;
  private final ArrivalProperties properties;

  Inbox(JdbcClient jdbc, ApplicationEventPublisher events, ArrivalProperties properties) {
    this.jdbc = jdbc;
    this.events = events;
    this.properties = properties;
  }

  /**
   * Writes down a manifest that lies somewhere. When this returns, it is durable and may be
   * acknowledged.
   *
   * @return whether it is new; if not, it was delivered again and nothing is done
   */
  @Transactional
  public boolean receive(NewArrival arrival) {
    Optional<Long> id = add(arrival);
    id.ifPresent(added -> events.publishEvent(new ArrivalReceived(added)));
    return id.isPresent();
  }

  /** Writes down a manifest that came whole in a message; as {@link #receive(NewArrival)}. */
  @Transactional
  public boolean receive(NewArrival arrival, byte[] content) {
    if (!arrival.location().equals(CONTENT)) {
      throw new IllegalArgumentException("Content in the inbox has no other location.");
    }
    Optional<Long> id = add(arrival);
    id.ifPresent(
        added -> {
          jdbc.sql("INSERT INTO arrival_content (arrival_id, content) VALUES (?, ?)")
              .param(added)
              .param(content)
              .update();
          events.publishEvent(new ArrivalReceived(added));
        });
    return id.isPresent();
  }

  /**
   * Keeps a message that can never become an arrival, for people to look at. Kept once, however
   * often it is delivered; those that were kept long enough make room, and so do the oldest where a
   * sender sends nothing else.
   *
   * @param problem why, as a sentence
   */
  public void keepUnusable(Source source, String sourceId, String problem, byte[] message) {
    jdbc.sql(
            """
            INSERT INTO unusable_message (source, source_id, problem, message) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING\
            """)
        .params(source.name(), sourceId, problem, message)
        .update();
    int removed =
        jdbc.sql(
                """
                DELETE FROM unusable_message
                 WHERE received_at < now() - :seconds * interval '1 second'
                    OR received_at < (SELECT received_at FROM unusable_message
                                       ORDER BY received_at DESC OFFSET :most LIMIT 1)\
                """)
            .param("seconds", properties.keepUnusable().toSeconds())
            .param("most", MOST_UNUSABLE - 1)
            .update();
    if (removed > 0) {
      LOG.info("unusable=removed messages={}", removed);
    }
  }

  /**
   * Writes down something that a source does not take, or that it is there still.
   *
   * @return whether it is new
   */
  boolean addUntaken(Source source, Untaken file) {
    return jdbc.sql(
            """
            INSERT INTO untaken_file (source, place, name, factory, why, advice)
            VALUES (:source, :place, :name, :factory, :why, :advice)
            ON CONFLICT (source, place, name) DO UPDATE
               SET factory = :factory, why = :why, advice = :advice, last_seen_at = now()
            RETURNING first_seen_at = last_seen_at\
            """)
        .param("source", source.name())
        .param("place", file.place())
        .param("name", file.name())
        .param("factory", file.factory())
        .param("why", file.why())
        .param("advice", file.advice())
        .query(Boolean.class)
        .single();
  }

  /** Where all lies that this source did not take when it was last looked at. */
  List<Spot> untaken(Source source) {
    return jdbc.sql("SELECT place, name FROM untaken_file WHERE source = ?")
        .param(source.name())
        .query(Spot.class)
        .list();
  }

  /** Forgets what was taken or is gone, and what no source has looked for in a week. */
  void removeUntaken(Source source, Collection<Spot> gone) {
    for (Spot spot : gone) {
      jdbc.sql(
              """
              DELETE FROM untaken_file
               WHERE (source = ? AND place = ? AND name = ?)
                  OR last_seen_at < now() - interval '7 days'\
              """)
          .params(source.name(), spot.place(), spot.name())
          .update();
    }
  }

  /** The number of the arrival with this source id. */
  public Optional<Long> find(Source source, String sourceId) {
    return jdbc.sql("SELECT arrival_id FROM arrival WHERE source = ? AND source_id = ?")
        .params(source.name(), sourceId)
        .query(Long.class)
        .optional();
  }

  /** Lets an arrival that waits for the night be taken now; in the transaction under way. */
  public void atOnce(long arrival) {
    int released =
        jdbc.sql(
                """
                UPDATE arrival SET due_at = now()
                 WHERE arrival_id = ? AND state = 'WAITING' AND due_at = 'infinity'\
                """)
            .param(arrival)
            .update();
    if (released > 0) {
      events.publishEvent(new ArrivalReceived(arrival));
    }
  }

  /** Whether what came of an arrival can be its answer still: it was not refused. */
  public boolean mayAnswerWithBundle(long arrival) {
    return jdbc.sql(
            """
            SELECT EXISTS (SELECT FROM arrival
                            WHERE arrival_id = ? AND state <> 'REFUSED' AND verdict IS DISTINCT FROM 'REFUSED')\
            """)
        .param(arrival)
        .query(Boolean.class)
        .single();
  }

  /** Where what a factory sent last lies, or lay; empty when it never sent anything. */
  public Optional<URI> lastSentFrom(String factory) {
    return jdbc.sql(
            "SELECT location FROM arrival WHERE factory = ? ORDER BY arrival_id DESC LIMIT 1")
        .param(factory)
        .query(String.class)
        .optional()
        .map(URI::create);
  }

  /**
   * How many arrivals with this source id, or this id and a number after {@code #}, have their
   * answer and need nobody any more.
   */
  long answered(Source source, String sourceId) {
    return jdbc.sql(
            """
            SELECT count(*) FROM arrival
             WHERE source = ? AND (source_id = ? OR starts_with(source_id, ?))
               AND state IN ('DONE', 'REFUSED')\
            """)
        .params(source.name(), sourceId, sourceId + "#")
        .query(Long.class)
        .single();
  }

  private Optional<Long> add(NewArrival arrival) {
    Updates updates = arrival.said().updates();
    Sender sender = arrival.said().sender();
    return jdbc.sql(
            """
            INSERT INTO arrival (kind, due_at, source, source_id, factory, file_name, location, version,
                                 announced_sha256, announced_rows, signature, sender, sender_account, updates, large, factory_known)
            SELECT :kind::arrival_kind, CASE WHEN :waits THEN 'infinity'::timestamptz ELSE now() END,
                   :source, :sourceId, :factory, :fileName, :location, :version, :sha256, :rows, :signature,
                   :sender, :senderAccount, :updates, :large, EXISTS (SELECT FROM factory WHERE id = :factory)
             -- what is swept again and again must not use up a number each time
             WHERE NOT EXISTS (SELECT FROM arrival WHERE source = :source AND source_id = :sourceId)
            ON CONFLICT (source, source_id) DO NOTHING RETURNING arrival_id\
            """)
        .param("kind", arrival.kind().name())
        .param(
            "waits",
            arrival.kind() == ArrivalKind.REVOCATIONS
                && properties.revocations() == RevocationTiming.NIGHTLY)
        .param("source", arrival.source().name())
        .param("sourceId", arrival.sourceId())
        .param("factory", arrival.factory())
        .param("fileName", arrival.fileName())
        .param("location", arrival.location().toString())
        .param("version", arrival.version())
        .param("sha256", arrival.said().sha256())
        .param("rows", arrival.said().rows())
        .param("signature", arrival.said().signature())
        .param("sender", sender == null ? null : sender.name())
        .param("senderAccount", sender == null ? null : sender.account())
        .param("updates", updates == null ? null : updates.name())
        .param(
            "large",
            arrival.kind() == ArrivalKind.MANIFEST && arrival.longerThan(properties.large()))
        .query(Long.class)
        .optional();
  }
}
