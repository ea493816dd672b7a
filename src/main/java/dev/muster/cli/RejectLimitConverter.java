package dev.muster.cli;

import dev.muster.manifest.RejectLimit;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

final class RejectLimitConverter implements ITypeConverter<RejectLimit> {

  @Override
  public RejectLimit convert(String value) {
    try {
      return RejectLimit.valueOf(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
