package dev.muster.watching;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroupsPostProcessor;
import org.springframework.boot.health.actuate.endpoint.HttpCodeStatusMapper;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.stereotype.Component;

/**
 * Everybody learns whether Muster is well; what exactly is not, only who may see executions and is
 * bound to no factory.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
final class HealthDetails implements HealthEndpointGroupsPostProcessor {

  @Override
  public HealthEndpointGroups postProcessHealthEndpointGroups(HealthEndpointGroups groups) {
    return new Groups(groups);
  }

  private record Groups(HealthEndpointGroups all) implements HealthEndpointGroups {

    @Override
    public HealthEndpointGroup getPrimary() {
      return new Group(all.getPrimary());
    }

    @Override
    public Set<String> getNames() {
      return all.getNames();
    }

    @Override
    public @Nullable HealthEndpointGroup get(String name) {
      HealthEndpointGroup group = all.get(name);
      return group == null ? null : new Group(group);
    }
  }

  private record Group(HealthEndpointGroup group) implements HealthEndpointGroup {

    @Override
    public boolean isMember(String name) {
      return group.isMember(name);
    }

    @Override
    public boolean showComponents(SecurityContext securityContext) {
      return entitled();
    }

    @Override
    public boolean showDetails(SecurityContext securityContext) {
      return entitled();
    }

    @Override
    public StatusAggregator getStatusAggregator() {
      return group.getStatusAggregator();
    }

    @Override
    public HttpCodeStatusMapper getHttpCodeStatusMapper() {
      return group.getHttpCodeStatusMapper();
    }

    @Override
    public @Nullable AdditionalHealthEndpointPath getAdditionalPath() {
      return group.getAdditionalPath();
    }

    private static boolean entitled() {
      return Callers.find()
          .filter(caller -> caller.mayEverywhere(Permission.EXECUTION_READ))
          .isPresent();
    }
  }
}
