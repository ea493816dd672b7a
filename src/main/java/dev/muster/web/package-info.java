/** The console's pages, thin: what they show and do is the services'. */
@NullMarked
package dev.muster.web;

import org.jspecify.annotations.NullMarked;
