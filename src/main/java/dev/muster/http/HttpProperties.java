package dev.muster.http;

import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The service's HTTP endpoints.
 *
 * @param hosts the names by which the service is called; empty: on a loopback address its own, else
 *     any
 */
@ConfigurationProperties("muster.http")
record HttpProperties(@DefaultValue Set<String> hosts) {}
