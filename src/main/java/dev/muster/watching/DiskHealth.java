package dev.muster.watching;

import dev.muster.home.DiskSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Down when there is no room where Muster writes. Spring Boot's own looks where the process was
 * started, which may be another disk.
 */
@Component("diskSpaceHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
class DiskHealth extends AbstractHealthIndicator {

  private final DiskSpace disks;
  private final DataSize least;

  /**
   * @param least how much must be left on each disk
   */
  DiskHealth(DiskSpace disks, @Value("${muster.health.disk-space:100MB}") DataSize least) {
    super("The disks were not looked at.");
    this.disks = disks;
    this.least = least;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) throws IOException {
    health.up().withDetail("least", least.toString());
    for (Map.Entry<Path, Long> folder : disks.lessThan(least).entrySet()) {
      health
          .down()
          .withDetail(
              folder.getKey().toString(), "%,d bytes are left".formatted(folder.getValue()));
    }
  }
}
