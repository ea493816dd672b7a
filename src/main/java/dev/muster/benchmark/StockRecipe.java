package dev.muster.benchmark;

import dev.muster.credential.sas.DeviceTokens;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.database.JdbcBatchItemWriter;
import org.springframework.batch.infrastructure.item.database.builder.JdbcBatchItemWriterBuilder;
import org.springframework.batch.infrastructure.item.file.FlatFileItemReader;
import org.springframework.batch.infrastructure.item.file.FlatFileItemWriter;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemReaderBuilder;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemWriterBuilder;
import org.springframework.batch.infrastructure.item.support.CompositeItemWriter;
import org.springframework.core.io.FileSystemResource;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * How one would write it from Spring Batch's documentation: a chunk-oriented step of 1,000,
 * FlatFileItemReader, JdbcBatchItemWriter (the driver rewrites its batches into multi-row inserts),
 * a new Mac for each token, and a plain file of tokens. No rejects, no encryption, no restart to
 * speak of.
 */
@Component
class StockRecipe {

  private static final int CHUNK = 1000;

  /** A row of the manifest, and its token once it has one. */
  record Device(
      UUID deviceId,
      @Nullable String serialNumber,
      @Nullable String model,
      @Nullable String hardwareRevision,
      @Nullable String building,
      @Nullable String room,
      String token) {}

  private final JobRepository jobRepository;
  private final JobOperator jobOperator;
  private final PlatformTransactionManager transactionManager;
  private final DataSource dataSource;
  private final Hubs hubs;

  StockRecipe(
      JobRepository jobRepository,
      JobOperator jobOperator,
      PlatformTransactionManager transactionManager,
      DataSource dataSource,
      Hubs hubs) {
    this.jobRepository = jobRepository;
    this.jobOperator = jobOperator;
    this.transactionManager = transactionManager;
    this.dataSource = dataSource;
    this.hubs = hubs;
  }

  void run(Path manifest, Path tokens) {
    FlatFileItemReader<Device> reader =
        new FlatFileItemReaderBuilder<Device>()
            .name("reader")
            .resource(new FileSystemResource(manifest))
            .linesToSkip(1)
            .delimited()
            .names("device_id", "serial_number", "model", "hardware_revision", "building", "room")
            .fieldSetMapper(
                fields ->
                    new Device(
                        UUID.fromString(fields.readString(0)),
                        fields.readString(1),
                        fields.readString(2),
                        fields.readString(3),
                        fields.readString(4),
                        fields.readString(5),
                        ""))
            .build();
    Hub hub = hubs.all().get(0);
    Instant expiry = Instant.now().plus(365, ChronoUnit.DAYS);
    ItemProcessor<Device, Device> tokenIssuer =
        device ->
            new Device(
                device.deviceId,
                device.serialNumber,
                device.model,
                device.hardwareRevision,
                device.building,
                device.room,
                new DeviceTokens(hub, hub.primaryKey(), expiry).token(device.deviceId));
    JdbcBatchItemWriter<Device> registry =
        new JdbcBatchItemWriterBuilder<Device>()
            .dataSource(dataSource)
            .sql(
                """
                INSERT INTO device (device_id, serial_number, model, hardware_revision, building, room)
                VALUES (?, ?, ?, ?, ?, ?)\
                """)
            .itemPreparedStatementSetter(
                (device, statement) -> {
                  statement.setObject(1, device.deviceId);
                  statement.setString(2, device.serialNumber);
                  statement.setString(3, device.model);
                  statement.setString(4, device.hardwareRevision);
                  statement.setString(5, device.building);
                  statement.setString(6, device.room);
                })
            .build();
    registry.afterPropertiesSet();
    FlatFileItemWriter<Device> file =
        new FlatFileItemWriterBuilder<Device>()
            .name("tokens")
            .resource(new FileSystemResource(tokens))
            .lineAggregator(device -> device.deviceId + "," + device.token)
            .build();
    Step step =
        new StepBuilder("stock", jobRepository)
                .<Device, Device>chunk(CHUNK)
                .transactionManager(transactionManager)
                .reader(reader)
                .processor(tokenIssuer)
                .writer(new CompositeItemWriter<>(List.of(registry, file)))
                .stream(file)
                .build();
    Job job = new JobBuilder("stock-recipe", jobRepository).start(step).build();
    try {
      JobExecution execution =
          jobOperator.start(
              job,
              new JobParametersBuilder().addLong("started", System.nanoTime()).toJobParameters());
      if (execution.getStatus() != BatchStatus.COMPLETED) {
        throw new IllegalStateException(
            "The stock recipe failed: " + execution.getAllFailureExceptions());
      }
    } catch (JobExecutionException e) {
      throw new IllegalStateException("The stock recipe can't be started.", e);
    }
  }
}
