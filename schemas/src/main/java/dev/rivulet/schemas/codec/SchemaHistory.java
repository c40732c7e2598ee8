package dev.rivulet.schemas.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.message.SchemaStore;

/**
 * The published versions of the record schemas. Version N of record R is the resource {@code
 * schema-history/R/N.avsc}; a version, once released, is never changed.
 */
public final class SchemaHistory {
  private SchemaHistory() {}

  /** Returns a store of the current schema and of every published version of it. */
  static SchemaStore of(Schema current) {
    SchemaStore.Cache cache = new SchemaStore.Cache();
    versions(current.getName()).forEach(cache::addSchema);
    cache.addSchema(current);
    return cache;
  }

  /** Returns the published versions of a record's schema, oldest first. */
  public static List<Schema> versions(String recordName) {
    List<Schema> versions = new ArrayList<>();
    for (int version = 1; ; version++) {
      String resource = "/schema-history/%s/%d.avsc".formatted(recordName, version);
      try (InputStream in = SchemaHistory.class.getResourceAsStream(resource)) {
        if (in == null) {
          return versions;
        }
        versions.add(new Schema.Parser().parse(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
