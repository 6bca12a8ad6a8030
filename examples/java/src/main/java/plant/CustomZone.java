package plant;

import io.github.cdkiotlandingzone.FirehoseBatchPipelineOptions;
import io.github.cdkiotlandingzone.FleetProvisioningOptions;
import io.github.cdkiotlandingzone.IngestRule;
import io.github.cdkiotlandingzone.LakeColumn;
import io.github.cdkiotlandingzone.LakeColumnType;
import io.github.cdkiotlandingzone.LakeFormat;
import io.github.cdkiotlandingzone.LandingZone;
import io.github.cdkiotlandingzone.LifecycleConnectivityTableOptions;
import io.github.cdkiotlandingzone.SiteWiseAssetModel;
import io.github.cdkiotlandingzone.SiteWiseAssetOptions;
import io.github.cdkiotlandingzone.SiteWiseHierarchy;
import io.github.cdkiotlandingzone.SiteWiseMeasurement;
import io.github.cdkiotlandingzone.SiteWiseMetric;
import io.github.cdkiotlandingzone.SiteWiseRuleOptions;
import io.github.cdkiotlandingzone.SiteWiseVariable;
import io.github.cdkiotlandingzone.SqsAction;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.logs.LogGroup;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.amazon.awscdk.services.s3.BlockPublicAccess;
import software.amazon.awscdk.services.s3.Bucket;
import software.amazon.awscdk.services.s3.BucketEncryption;
import software.amazon.awscdk.services.sqs.Queue;

/** A zone that takes what a company has already: its key, its bucket, its own decision about which devices get in. */
public final class CustomZone {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Presses", StackProps.builder()
                .description("Landing zone for the presses of our plants")
                .build());

        final Key key = Key.Builder.create(stack, "Key").description("Device data").enableKeyRotation(true).build();

        final Bucket bucket = Bucket.Builder.create(stack, "Lake")
                .encryption(BucketEncryption.KMS)
                .encryptionKey(key)
                .bucketKeyEnabled(true)
                .blockPublicAccess(BlockPublicAccess.BLOCK_ALL)
                .enforceSsl(true)
                .versioned(true)
                .build();

        final Function hook = Function.Builder.create(stack, "Hook")
                .description("Lets in presses, by their serial number")
                .runtime(Runtime.NODEJS_24_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async ({ parameters }) => "
                        + "({ allowProvisioning: /^PR-[0-9]{6}$/.test(parameters.SerialNumber) });"))
                .timeout(Duration.seconds(5))
                .build();

        final SiteWiseAssetModel press = SiteWiseAssetModel.Builder.create(stack, "Press")
                .measurements(List.of(
                        SiteWiseMeasurement.builder().name("Temperature").unit("C").valueFrom("temperature").build(),
                        SiteWiseMeasurement.builder().name("Pressure").unit("bar").valueFrom("pressure").build()))
                .build();
        final SiteWiseAssetModel hall = SiteWiseAssetModel.Builder.create(stack, "Hall")
                .hierarchies(List.of(SiteWiseHierarchy.builder().name("Presses").childModel(press).build()))
                .metrics(List.of(SiteWiseMetric.builder()
                        .name("Mean temperature")
                        .unit("C")
                        .window(Duration.minutes(15))
                        .expression("avg(t)")
                        .variables(Map.of("t", SiteWiseVariable.ofChildren("Presses", "Temperature")))
                        .build()))
                .build();
        hall.addAsset("North", SiteWiseAssetOptions.builder()
                .children(List.of(press.addAsset("Press7", SiteWiseAssetOptions.builder().device("PR-000007").build())))
                .build());

        final LandingZone zone = LandingZone.Builder.create(stack, "Zone")
                .zoneName("presses")
                .encryptionKey(key)
                .provisioning(FleetProvisioningOptions.builder()
                        .hook(hook)
                        .attributes(Map.of("firmware", "${FirmwareVersion}"))
                        .build())
                .telemetry(FirehoseBatchPipelineOptions.builder()
                        .bucket(bucket)
                        .bufferingInterval(Duration.minutes(5))
                        .format(LakeFormat.PARQUET)
                        .columns(List.of(
                                LakeColumn.builder().name("temperature").type(LakeColumnType.DOUBLE).comment("Degrees Celsius").build(),
                                LakeColumn.builder().name("pressure").type(LakeColumnType.DOUBLE).comment("Bar").build()))
                        .build())
                .connectivity(LifecycleConnectivityTableOptions.builder().historyRetention(Duration.days(30)).build())
                .siteWise(SiteWiseRuleOptions.builder().models(List.of(press)).topicFilter("data/+/telemetry").build())
                .build();

        // A rule of our own beside those of the zone; what fails waits in the same queue.
        final Queue overheated = Queue.Builder.create(stack, "OverheatedQueue")
            .encryptionMasterKey(key).enforceSsl(true).retentionPeriod(Duration.days(14)).build();
        final LogGroup logGroup = LogGroup.Builder.create(stack, "OverheatedLog").retention(RetentionDays.ONE_MONTH).build();
        IngestRule.Builder.create(stack, "Overheated")
                .sql("SELECT *, topic(2) AS thing FROM 'data/+/telemetry' WHERE temperature > 90")
                .actions(List.of(new SqsAction(overheated), new LogAction(logGroup)))
                .errorQueue(zone.getErrors())
                .build();

        app.synth();
    }

    private CustomZone() {
    }
}
