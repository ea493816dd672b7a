package dev.muster.upload;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.Sender;
import dev.muster.bundle.Purpose;
import dev.muster.factory.Factory;
import dev.muster.manifest.Updates;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.Reason;
import dev.muster.renewal.ReassignRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.renewal.Renewals;
import dev.muster.revocation.RevocationRuns;
import dev.muster.revocation.SecondPersonAsked;
import dev.muster.run.Background;
import dev.muster.run.RunOutcome;
import dev.muster.status.StatusAction;
import dev.muster.store.Content;
import dev.muster.upload.CheckedUpload.Findings;
import dev.muster.upload.CheckedUploadTable.Row;
import dev.muster.upload.UploadFiles.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Uploads that are looked at first: what would become of every row is told before anything is
 * loaded. Then they are confirmed, and become arrivals; or they are discarded, by hand or by time.
 * They lie in the shared folder and in the database, so each instance can go on with each of them.
 */
@Guarded
@Component
public class CheckedUploads {

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private final ReceivedUploads received;
  private final UploadFiles files;
  private final CheckedUploadTable table;
  private final DryRuns dryRuns;
  private final Inbox inbox;
  private final LeftUploads leftUploads;
  private final RevocationRuns runs;
  private final RenewalRuns renewalRuns;
  private final ReassignRuns reassignRuns;
  private final Renewals renewals;
  private final Background background;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final UploadProperties properties;
  private final Clock clock;

  CheckedUploads(
      ReceivedUploads received,
      UploadFiles files,
      CheckedUploadTable table,
      DryRuns dryRuns,
      Inbox inbox,
      LeftUploads leftUploads,
      RevocationRuns runs,
      RenewalRuns renewalRuns,
      ReassignRuns reassignRuns,
      Renewals renewals,
      Background background,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      UploadProperties properties,
      Clock clock) {
    this.received = received;
    this.files = files;
    this.table = table;
    this.dryRuns = dryRuns;
    this.inbox = inbox;
    this.leftUploads = leftUploads;
    this.runs = runs;
    this.renewalRuns = renewalRuns;
    this.reassignRuns = reassignRuns;
    this.renewals = renewals;
    this.background = background;
    this.transaction = transaction;
    this.events = events;
    this.properties = properties;
    this.clock = clock;
  }

  /**
   * Takes a manifest in and begins to look at it. Nothing is loaded.
   *
   * @param signature over the file as it is sent; null when its factory does not sign
   * @param updates what it may change of devices that are there; null: as its factory may
   * @return its number; ask for the findings by it
   * @throws IOException when the stream breaks off
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public UUID checkManifest(
      String factory,
      String fileName,
      InputStream content,
      @Nullable String signature,
      @Nullable Updates updates)
      throws IOException {
    return check(
        ArrivalKind.MANIFEST,
        new Upload(factory, fileName, content, null, null, signature, updates));
  }

  /** Takes a revocation list in; as {@link #checkManifest}. */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public UUID checkList(
      String factory, String fileName, InputStream content, @Nullable String signature)
      throws IOException {
    return check(
        ArrivalKind.REVOCATIONS,
        new Upload(factory, fileName, content, null, null, signature, null));
  }

  /**
   * Begins to write the list of the devices that somebody chose, and to look at it. Nothing is
   * applied. Who may do that to devices does it in its own name; a factory that sends lists, as one
   * of its lists.
   *
   * @param reason why, for the devices' history
   * @param devicesBehind whether it goes for what stands behind gateways among them, too
   * @param hub {@code MOVE}: the hub that is set apart by {@code muster.placement.quarantine};
   *     null: where the weights and the rules want them
   * @return its number; ask for the findings by it
   * @throws RefusedException when nothing is said of the devices, or not why, or when too many wait
   *     to be confirmed
   */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE, Permission.LIST_SEND},
      readOnly = true)
  public UUID checkChosen(
      DeviceSearch devices,
      Deed action,
      String reason,
      boolean devicesBehind,
      @Nullable String hub) {
    leftUploads.sweepNowAndThen();
    if (action.purpose() != null && devicesBehind) {
      throw new RefusedException(
          "Choose what stands behind a gateway by that gateway, and the gateway by itself.");
    }
    String factory = null;
    if (!Callers.current().mayEverywhere(action.permission())) {
      factory = Callers.current().factory();
      if (factory == null
          || action.status() == null
          || !Callers.current().sees(Permission.LIST_SEND, factory)) {
        Callers.mustMay(action.permission());
      }
      if (devices.factory() != null) {
        Callers.mustSee(Permission.LIST_SEND, devices.factory());
      }
    }
    if (hub != null && action != Deed.MOVE) {
      throw new RefusedException("A hub is for moving devices. Leave it out, or say move.");
    }
    if (hub != null) {
      reassignRuns.mustBeApart(hub);
    }
    if (devices.all()) {
      throw new RefusedException(
          "Say which devices: one factory's, a manifest's, those in a building. All that there are"
              + " are not changed this way.");
    }
    return choose(
        new Chosen(
            factory == null ? devices : devices.ofFactory(factory),
            action,
            Reason.of(reason),
            devicesBehind,
            hub),
        factory);
  }

  /** What the caller may do to devices that it chooses. */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE, Permission.LIST_SEND},
      readOnly = true)
  public List<Deed> actions() {
    Caller caller = Callers.current();
    return Arrays.stream(Deed.values())
        .filter(
            action ->
                caller.mayEverywhere(action.permission())
                    || (action.status() != null
                        && caller.sees(Permission.LIST_SEND, caller.factory())))
        .toList();
  }

  private UUID choose(Chosen chosen, @Nullable String factory) {
    if (factory != null) {
      Factory unused = received.sender(ArrivalKind.REVOCATIONS, factory, null);
    }
    mustHaveRoom(factory);
    UUID id = UUID.randomUUID();
    UUID look = UUID.randomUUID();
    Instant now = clock.instant();
    table.add(
        id,
        look,
        chosen,
        factory,
        chosen.title() + ".csv",
        Sender.of(Callers.current()),
        now,
        now.plus(properties.keep()));
    boolean begun = false;
    try {
      mustHaveHadRoom(factory);
      dryRuns.begin(table.find(id).orElseThrow().upload(), look);
      begun = true;
    } finally {
      if (!begun) {
        table.remove(id);
      }
    }
    return id;
  }

  /** One upload, as far as it was looked at. Empty when it was confirmed, discarded or expired. */
  @Requires(
      value = {
        Permission.MANIFEST_SEND,
        Permission.LIST_SEND,
        Permission.DEVICE_DISABLE,
        Permission.DEVICE_REVOKE
      },
      readOnly = true)
  public Optional<CheckedUpload> find(UUID id) {
    Optional<CheckedUpload> found = table.find(id).map(Row::upload).filter(this::mine);
    found.filter(upload -> !upload.checked()).ifPresent(this::beginAgainWhenSilent);
    return found;
  }

  /** The factories that the caller may send such a thing for. */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      readOnly = true)
  public List<String> factories(ArrivalKind kind) {
    return received.factories(kind);
  }

  /**
   * The uploads that wait to be confirmed, newest first.
   *
   * @param kind null: any
   */
  @Requires(
      value = {
        Permission.MANIFEST_SEND,
        Permission.LIST_SEND,
        Permission.DEVICE_DISABLE,
        Permission.DEVICE_REVOKE
      },
      readOnly = true)
  public List<CheckedUpload> waiting(@Nullable ArrivalKind kind, int limit) {
    Caller caller = Callers.current();
    Permission manifests = ReceivedUploads.sends(ArrivalKind.MANIFEST);
    Permission lists = ReceivedUploads.sends(ArrivalKind.REVOCATIONS);
    return table.waiting(
        kind,
        new CheckedUploadTable.Visible(
            Arrays.stream(Deed.values())
                .filter(deed -> caller.mayEverywhere(deed.permission()))
                .map(Deed::name)
                .toList(),
            caller.may(manifests),
            caller.may(manifests) ? caller.factory(manifests) : null,
            caller.may(lists),
            caller.may(lists) ? caller.factory(lists) : null),
        limit);
  }

  /**
   * What became of an upload that was confirmed.
   *
   * @param arrival its number in the inbox; null: it is applied at once
   * @param execution that applies it; null: that is not known yet, or the arrival will say
   */
  public record Confirmed(@Nullable Long arrival, @Nullable Long execution) {

    static Confirmed arrived(long arrival) {
      return new Confirmed(arrival, null);
    }
  }

  /**
   * Puts an upload in the inbox, once however often this is called. A list of devices that were
   * chosen among all factories' is nobody's arrival: it is begun to be applied.
   *
   * @throws RefusedException when it is gone, still being looked at, or would be refused whole
   */
  @Requires(
      value = {
        Permission.MANIFEST_SEND,
        Permission.LIST_SEND,
        Permission.DEVICE_DISABLE,
        Permission.DEVICE_REVOKE
      },
      audit = "upload.confirm")
  public Confirmed confirm(@Audited("upload") UUID id) {
    Optional<Row> ofAll = ofAllFactories(id);
    if (ofAll.isPresent()) {
      return begun(ofAll.get());
    }
    Long arrival = transaction.execute(status -> confirmed(id));
    return Confirmed.arrived(Objects.requireNonNull(arrival));
  }

  /** As {@link #confirm}, of chosen devices, and returns when that is done. */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE},
      readOnly = true)
  public RunOutcome apply(UUID id) throws IOException {
    return applied(waitingOfAllFactories(id).upload());
  }

  /** As {@link #apply}, where they are to get tokens. */
  @Requires(
      value = {Permission.TOKEN_RENEW, Permission.HUB_REPAIR},
      readOnly = true)
  public List<RenewalOutcome> renew(UUID id) {
    return renewed(waitingOfAllFactories(id));
  }

  private Row waitingOfAllFactories(UUID id) {
    return ofAllFactories(id)
        .orElseThrow(
            () ->
                new RefusedException(
                    "There is no choice of devices %s that waits: it was confirmed or discarded, or nobody confirmed it in time. What a factory sent or chose is confirmed with jobs/uploads confirm, in the console, or by API."
                        .formatted(id)));
  }

  private Optional<Row> ofAllFactories(UUID id) {
    return table
        .find(id)
        .filter(row -> row.upload().factory() == null)
        .filter(row -> mine(row.upload()));
  }

  /**
   * Confirmed twice at once, it is one run; the second hears that it is under way. It waits no more
   * once its run has begun: what fails before that can be confirmed again.
   */
  private Confirmed begun(Row row) {
    CheckedUpload upload = row.upload();
    mustBeConfirmable(upload);
    mustBeTheSecond(row);
    return background
        .begin(
            UNTIL_BEGUN,
            execution -> {
              table.remove(upload.id());
              return new Confirmed(null, execution);
            },
            () -> new Confirmed(null, execution(row)))
        .orElse(new Confirmed(null, null));
  }

  private @Nullable Long execution(Row row) throws IOException {
    return Objects.requireNonNull(row.upload().chosen()).action().status() != null
        ? Long.valueOf(applied(row.upload()).execution())
        : renewed(row).stream()
            .map(RenewalOutcome::execution)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
  }

  private List<RenewalOutcome> renewed(Row row) {
    CheckedUpload upload = row.upload();
    mustBeConfirmable(upload);
    mustBeTheSecond(row);
    Chosen chosen = Objects.requireNonNull(upload.chosen());
    Purpose purpose = chosen.action().purpose();
    if (purpose == null) {
      throw new RefusedException(
          "These devices are to get no tokens: jobs/revoke --confirm %s.".formatted(upload.id()));
    }
    try {
      List<RenewalOutcome> outcomes = renewalRuns.renewChosen(purpose, upload.id(), chosen.hub());
      table.remove(upload.id());
      return outcomes;
    } finally {
      if (renewals.requested(upload.id())) {
        table.remove(upload.id()); // what was requested goes on by itself
      } else if (table.find(upload.id()).isEmpty()) {
        renewals.forget(upload.id()); // no factory of theirs is left
      }
    }
  }

  private RunOutcome applied(CheckedUpload upload) throws IOException {
    mustBeConfirmable(upload);
    StatusAction action = Objects.requireNonNull(upload.chosen()).action().status();
    if (action == null) {
      throw new RefusedException(
          "These devices are to get tokens: jobs/renew --confirm %s.".formatted(upload.id()));
    }
    long round = round(upload.id());
    Optional<Content> list =
        files.content(upload.id(), Objects.requireNonNull(upload.sha256())); // until its run has it
    RunOutcome outcome =
        list.isPresent()
            ? runs.apply(list.get(), upload.fileName(), action, round)
            : runs.goOn(Objects.requireNonNull(upload.sha256()), action, round)
                .orElseThrow(CheckedUploads::gone);
    table.remove(upload.id());
    files.remove(upload.id()); // the run has it
    return outcome;
  }

  /** Fixed by whoever is first to confirm it: so it is the same run for all that do. */
  private long round(UUID id) {
    return Objects.requireNonNull(
        transaction.execute(
            status -> {
              CheckedUpload upload = table.take(id).orElseThrow(CheckedUploads::gone).upload();
              return table.round(id, runs.nextRound(Objects.requireNonNull(upload.sha256()), null));
            }));
  }

  /**
   * As {@link #confirm}, and a revocation list does not wait for the night: who sends it has seen
   * what it would do, and may revoke devices.
   */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "upload.confirm-at-once")
  public Confirmed confirmAtOnce(@Audited("upload") UUID id) {
    Optional<Row> ofAll = ofAllFactories(id);
    if (ofAll.isPresent()) {
      return begun(ofAll.get());
    }
    Long arrival =
        transaction.execute(
            status -> {
              long confirmed = confirmed(id);
              inbox.atOnce(confirmed);
              return confirmed;
            });
    return Confirmed.arrived(Objects.requireNonNull(arrival));
  }

  private long confirmed(UUID id) {
    Row row = table.take(id).filter(found -> mine(found.upload())).orElse(null);
    if (row == null) {
      return inbox.find(Uploads.SOURCE, id.toString()).orElseThrow(CheckedUploads::gone);
    }
    CheckedUpload upload = row.upload();
    mustBeConfirmable(upload);
    table.remove(id);
    return received.arrive(
        upload.kind(),
        id,
        Objects.requireNonNull(upload.factory()),
        upload.fileName(),
        Objects.requireNonNull(upload.sha256()),
        upload.bytes(),
        null,
        row.signature(),
        row.sender(),
        upload.updates());
  }

  /** A list is held when it is weighed, and has an approval of its own. Of tokens, this is it. */
  private void mustBeTheSecond(Row row) {
    Findings findings = Objects.requireNonNull(row.upload().findings());
    String held = findings.renewals() == null ? null : findings.held();
    Sender first = row.sender();
    Caller caller = Callers.current();
    if (held != null
        && (caller.account().equals(first.account()) || caller.name().equals(first.name()))) {
      UUID id = row.upload().id();
      transaction.executeWithoutResult(
          status -> {
            if (table.asked(id, clock.instant())) {
              events.publishEvent(
                  new SecondPersonAsked(
                      Objects.requireNonNull(row.upload().chosen()).title(),
                      null,
                      first.name(),
                      held,
                      id,
                      null,
                      clock.instant()));
            }
          });
      throw new RefusedException(
          "%s You have chosen them yourself: a second person, who may do that too, must confirm it until %s. Who wants to know of such things is told."
              .formatted(held, row.upload().expiresAt().truncatedTo(ChronoUnit.SECONDS)));
    }
  }

  private static void mustBeConfirmable(CheckedUpload upload) {
    if (!upload.confirmable()) {
      throw new RefusedException(
          !upload.checked()
              ? "This file is still being looked at. Confirm it when the verdicts are there."
              : upload.chosen() == null
                  ? "This file would be refused as a whole. Correct it and send it again."
                  : "Nothing would change. Choose other devices.");
    }
  }

  /** Throws an upload away. */
  @Requires(
      value = {
        Permission.MANIFEST_SEND,
        Permission.LIST_SEND,
        Permission.DEVICE_DISABLE,
        Permission.DEVICE_REVOKE
      },
      audit = "upload.discard")
  public void discard(@Audited("upload") UUID id) throws IOException {
    if (table.find(id).map(Row::upload).filter(this::mine).isEmpty()) {
      throw gone();
    }
    if (table.remove(id)) {
      files.remove(id);
      renewals.forget(id);
    }
  }

  private UUID check(ArrivalKind kind, Upload upload) throws IOException {
    leftUploads.sweepNowAndThen();
    Callers.mustSee(ReceivedUploads.sends(kind), upload.factory());
    mustHaveRoom(upload.factory());
    Stored stored = received.take(kind, upload);
    UUID look = UUID.randomUUID();
    Instant now = clock.instant();
    boolean begun = false;
    try {
      table.add(
          kind,
          look,
          upload,
          stored,
          Sender.of(Callers.current()),
          now,
          now.plus(properties.keep()));
      mustHaveHadRoom(upload.factory());
      dryRuns.begin(table.find(stored.id()).orElseThrow().upload(), look);
      begun = true;
    } finally {
      if (!begun) {
        table.remove(stored.id());
        files.remove(stored.id());
      }
    }
    return stored.id();
  }

  private void mustHaveRoom(@Nullable String factory) {
    mustBeFewer(factory, properties.waiting());
  }

  /** With this one, which was added: others may have come at the same time. */
  private void mustHaveHadRoom(@Nullable String factory) {
    mustBeFewer(factory, properties.waiting() + 1);
  }

  private void mustBeFewer(@Nullable String factory, int than) {
    if (table.waiting(factory, clock.instant()) >= than) {
      throw new RefusedException(
          "%d files%s wait to be confirmed, and no more may (muster.uploads.waiting). Confirm or discard some."
              .formatted(
                  properties.waiting(),
                  factory == null ? "" : " of factory '%s'".formatted(factory)));
    }
  }

  private void beginAgainWhenSilent(CheckedUpload upload) {
    Instant now = clock.instant();
    UUID look = UUID.randomUUID();
    if (!dryRuns.isBegun(upload.id())
        && table.takeOver(upload.id(), look, now.minus(properties.silence()), now)) {
      dryRuns.begin(upload, look);
    }
  }

  private boolean mine(CheckedUpload upload) {
    if (upload.chosen() != null && upload.factory() == null) {
      return Callers.current().mayEverywhere(upload.chosen().action().permission());
    }
    return Callers.current().sees(ReceivedUploads.sends(upload.kind()), upload.factory());
  }

  private static RefusedException gone() {
    return new RefusedException(
        "This upload is not there any more: it was confirmed or discarded, or nobody confirmed it"
            + " in time.");
  }
}
