package dev.rivulet.ops.status;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;

/** The JSON of the status server. Numbers that are not finite become null. */
final class StatusJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(Double.class, new Finite<>(Double.class))
                  .addSerializer(double.class, new Finite<>(Double.class))
                  .addSerializer(Float.class, new Finite<>(Float.class)));

  private StatusJson() {}

  /** Returns the JSON text of a value, on one line. */
  static String of(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written as JSON: " + value.getClass(), e);
    }
  }

  private static final class Finite<T extends Number> extends StdSerializer<T> {
    Finite(Class<T> type) {
      super(type);
    }

    @Override
    public void serialize(T value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (!Double.isFinite(value.doubleValue())) {
        out.writeNull();
      } else if (value instanceof Float number) {
        out.writeNumber(number);
      } else {
        out.writeNumber(value.doubleValue());
      }
    }
  }
}
