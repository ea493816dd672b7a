package dev.muster.blob;

import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRequestConditions;
import dev.muster.arrival.Answer;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.NoticedPlace.Notice;
import dev.muster.home.Sha256;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A blob as it was at one moment.
 *
 * <p>Its answer is written to its metadata, and that changes its ETag. So the ETag alone can't tell
 * whether the content is another: every answer would make its manifest arrive anew. Therefore the
 * answer's metadata also says under which ETag the content had arrived, and that stays its version.
 * What is uploaded over it comes without that metadata; should somebody copy the metadata along
 * with other content or to another name, the fingerprint beside it does not fit, and it counts for
 * nothing.
 *
 * @param etag the present one, without quotes
 * @param md5 of the content as storage knows it, in Base64; null when it does not
 */
record SeenBlob(
    BlobAddress address,
    String etag,
    long length,
    @Nullable String md5,
    Map<String, String> metadata) {

  private static final String STATE = "muster_state";
  private static final String EXECUTION = "muster_execution";
  private static final String PROBLEM = "muster_problem";
  private static final String VERSION = "muster_version";
  private static final String FINGERPRINT = "muster_fingerprint";

  private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]+");

  /** All of a blob's metadata may have 8 KB. */
  private static final int LONGEST_PROBLEM = 1024;

  SeenBlob {
    metadata = Map.copyOf(metadata);
  }

  static SeenBlob listed(BlobAddress address, BlobItem item) {
    return new SeenBlob(
        address,
        unquoted(item.getProperties().getETag()),
        item.getProperties().getContentLength(),
        base64(item.getProperties().getContentMd5()),
        item.getMetadata() == null ? Map.of() : item.getMetadata());
  }

  static SeenBlob asked(BlobAddress address, com.azure.storage.blob.models.BlobProperties answer) {
    return new SeenBlob(
        address,
        unquoted(answer.getETag()),
        answer.getBlobSize(),
        base64(answer.getContentMd5()),
        answer.getMetadata() == null ? Map.of() : answer.getMetadata());
  }

  /** ETags are in quotes in headers, and mostly without in lists and notices. */
  static String unquoted(String etag) {
    return etag.replace("\"", "");
  }

  /** The ETag under which this content arrived. */
  String version() {
    String version = metadata.get(VERSION);
    return version != null && fingerprint(version).equals(metadata.get(FINGERPRINT))
        ? version
        : etag;
  }

  /** Whether it is just what a notice says is there: not more, which may have been added since. */
  boolean isNoticedBy(Notice notice) {
    return notice.version() != null
        && unquoted(notice.version()).equals(etag)
        && Objects.equals(notice.length(), length);
  }

  /** Whether this content has its answer and needs nobody any more. */
  boolean answered() {
    String state = metadata.get(STATE);
    return !version().equals(etag)
        && (state(Verdict.DONE).equals(state) || state(Verdict.REFUSED).equals(state));
  }

  /** Whether it stands for a folder, as an account with a hierarchy of folders lists them. */
  boolean isFolder() {
    return "true".equalsIgnoreCase(metadata.get("hdi_isfolder"));
  }

  /** Lets a request through only as long as the blob is exactly as it was seen. */
  BlobRequestConditions unchanged() {
    return new BlobRequestConditions().setIfMatch("\"" + etag + "\"");
  }

  /**
   * The metadata that tells the answer; what its sender had put there stays. Metadata travel in
   * headers, so what is not ASCII there is percent-encoded.
   *
   * @param there what a list gives: the JDK's HTTP client, over which a blob is looked at, gives
   *     the names of headers in lower case
   */
  Map<String, String> metadataWith(Answer answer, Map<String, String> there) {
    Map<String, String> told = new TreeMap<>();
    there.forEach((key, value) -> told.put(key, asHeader(value)));
    told.keySet().removeAll(Set.of(EXECUTION, PROBLEM));
    told.put(STATE, state(answer.verdict()));
    if (answer.execution() != null) {
      told.put(EXECUTION, answer.execution().toString());
    }
    if (answer.problem() != null) {
      told.put(PROBLEM, fitForHeader(answer.problem()));
    }
    told.put(VERSION, version());
    told.put(FINGERPRINT, fingerprint(version()));
    return told;
  }

  private static String state(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  private String fingerprint(String version) {
    String all = String.join("\n", address.uri().toString(), version, length + "", md5 + "");
    return HexFormat.of().formatHex(Sha256.digest().digest(all.getBytes(StandardCharsets.UTF_8)));
  }

  /** Metadata travels in headers: one line of ASCII. The whole sentence is in problem.txt. */
  private static String fitForHeader(String sentence) {
    String line = sentence.replaceAll("\\s+", " ").replaceAll("[^ -~]", "?").strip();
    return line.length() > LONGEST_PROBLEM ? line.substring(0, LONGEST_PROBLEM).strip() : line;
  }

  static String asHeader(String value) {
    return NOT_ASCII
        .matcher(value)
        .replaceAll(match -> URLEncoder.encode(match.group(), StandardCharsets.UTF_8));
  }

  private static @Nullable String base64(byte @Nullable [] md5) {
    return md5 == null ? null : Base64.getEncoder().encodeToString(md5);
  }
}
