package dev.muster.manifest;

import java.util.ArrayList;
import java.util.List;

/**
 * A manifest that was read once from end to end and found fit to be loaded.
 *
 * @param sha256 of its content, unpacked: 64 hex digits
 * @param bytes of its content
 * @param blankRows how many lines have nothing in any field, and are no rows
 * @param data its rows: without the header, and without a trailer
 * @param splits where it can be cut, ascending
 * @param format of its factory, for the received copy
 * @param warnings sentences for its sender: what was taken as it is, and looks like a mistake
 */
public record ReceivedManifest(
    String sha256,
    long bytes,
    long rows,
    long blankRows,
    ManifestHeader header,
    ManifestRange data,
    List<SplitPoint> splits,
    ManifestFormat format,
    List<String> warnings) {

  /** With further warnings. */
  public ReceivedManifest warn(List<String> further) {
    List<String> all = new ArrayList<>(warnings);
    all.addAll(further);
    return new ReceivedManifest(sha256, bytes, rows, blankRows, header, data, splits, format, all);
  }

  /** Cuts the rows into at most so many ranges of about the same size. */
  public List<ManifestRange> split(int most) {
    List<ManifestRange> ranges = new ArrayList<>();
    SplitPoint start = new SplitPoint(data.offset(), data.line());
    long share = (data.end() - data.offset()) / most;
    for (SplitPoint candidate : splits) {
      long wanted = data.offset() + share * (ranges.size() + 1);
      if (ranges.size() < most - 1
          && candidate.offset() >= wanted
          && candidate.offset() < data.end()) {
        ranges.add(new ManifestRange(start.offset(), candidate.offset(), start.line()));
        start = candidate;
      }
    }
    ranges.add(new ManifestRange(start.offset(), data.end(), start.line()));
    return ranges;
  }
}
