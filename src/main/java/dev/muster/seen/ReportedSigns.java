package dev.muster.seen;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.seen.SaidSigns.Said;
import dev.muster.seen.SaidSigns.Taken;
import java.util.Iterator;
import org.springframework.stereotype.Component;

/** Takes somebody's word for when devices were seen at their hub. */
@Guarded
@Component
public class ReportedSigns {

  private final SaidSigns signs;

  ReportedSigns(SaidSigns signs) {
    this.signs = signs;
  }

  @Requires(Permission.DEVICE_SEEN)
  public Taken take(Iterator<Said> rows, @Audited("by") SeenBy by) {
    return signs.take(rows, by);
  }
}
