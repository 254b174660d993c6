//! What subscriptions send: to a function, a Kinesis stream or a Firehose delivery stream, and the test of whether it is there.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>. The roles that subscriptions name are not assumed:
//! whoever runs the suite may write to the destinations, or may not.

use aws_sdk_lambda::types::InvocationType;
use watchtrail_core::logs::subscription::Message;
use watchtrail_core::time::Timestamp;

use super::{Outbound, OutboundError, failed, region};

/// The payload of an asynchronous invocation, in bytes: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const LAMBDA_TAKES: usize = 1 << 20;
/// A record of Kinesis with its partition key: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html>. Streams can be
/// set to take more; not all are.
const KINESIS_TAKES: usize = (1 << 20) - 4 * LONGEST_KEY;
/// A record of Firehose: <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html>.
const FIREHOSE_TAKES: usize = 1_000 << 10;
/// Characters of a partition key.
const LONGEST_KEY: usize = 256;

/// A service, and what of it subscriptions write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// A function.
    Lambda,
    /// A stream.
    Kinesis,
    /// A delivery stream.
    Firehose,
}

/// Where a subscription leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// To which service.
    pub service: Service,
    /// What of it.
    pub arn: String,
}

impl Route {
    /// Reads the ARN of a function, a stream or a delivery stream.
    pub fn parse(arn: &str) -> Option<Self> {
        let service = match (arn.split(':').nth(2)?, arn.splitn(6, ':').nth(5)?) {
            ("lambda", resource) if resource.starts_with("function:") => Service::Lambda,
            ("kinesis", resource) if resource.starts_with("stream/") => Service::Kinesis,
            ("firehose", resource) if resource.starts_with("deliverystream/") => Service::Firehose,
            _ => return None,
        };
        Some(Self { service, arn: arn.to_owned() })
    }

    /// Whether a packed message is small enough for the service.
    pub fn takes(&self, packed: &[u8]) -> bool {
        match self.service {
            // In base64, in a few members of JSON.
            Service::Lambda => packed.len().div_ceil(3) * 4 + 64 <= LAMBDA_TAKES,
            Service::Kinesis => packed.len() <= KINESIS_TAKES,
            Service::Firehose => packed.len() <= FIREHOSE_TAKES,
        }
    }

    fn name(&self) -> &str {
        self.arn.split_once('/').map_or(&self.arn, |(_, name)| name)
    }
}

/// What is sent at once.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// What it says.
    pub message: &'a Message<'a>,
    /// The same as gzipped JSON.
    pub packed: &'a [u8],
    /// Which shard of a Kinesis stream it goes to; what is too long of it is left out.
    pub key: &'a str,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The service has it.
    Delivered,
    /// This host knows no such service: it was told to who watches, and to nobody else.
    Listed,
}

impl Outbound {
    /// Sends a piece. It is told to who watches, whatever becomes of it.
    ///
    /// # Errors
    /// In the service's words.
    pub async fn send(&self, route: &Route, piece: Piece<'_>) -> Result<Sent, OutboundError> {
        let outcome = self.in_time(self.hand_over(route, piece)).await;
        let outcome = match (outcome, &self.port) {
            (Err(_), Some(_)) if !self.knows(route.service) => Ok(Sent::Listed),
            (outcome, _) => outcome.map(|()| Sent::Delivered),
        };
        if let Some(port) = &self.port {
            port.sent(&route.arn, piece.message, outcome.as_ref().copied());
        }
        outcome
    }

    /// Whether a subscription can be sent there: streams are sent AWS's test message, of a function it is asked whether it might be invoked.
    /// Where this host knows no such service there is nothing to ask.
    ///
    /// # Errors
    /// In the service's words.
    pub async fn check(&self, route: &Route, now: Timestamp) -> Result<(), OutboundError> {
        if !self.knows(route.service) && self.port.is_some() {
            return Ok(());
        }
        let kind = match route.service {
            Service::Lambda => "Lambda",
            Service::Kinesis => "Kinesis stream",
            Service::Firehose => "Firehose",
        };
        let message = Message::test(kind, now.millis());
        let packed = message.pack();
        if route.service == Service::Lambda {
            // Who runs the function all the same, as some emulators do, gives it something that it can read.
            let event = Message::event(&packed);
            return self.in_time(self.call(&route.arn, &event, InvocationType::DryRun)).await;
        }
        self.send(route, Piece { message: &message, packed: &packed, key: "test" }).await.map(|_| ())
    }

    const fn knows(&self, service: Service) -> bool {
        match service {
            Service::Lambda => self.lambda.is_some(),
            Service::Kinesis => self.kinesis.is_some(),
            Service::Firehose => self.firehose.is_some(),
        }
    }

    async fn in_time(
        &self,
        call: impl Future<Output = Result<(), OutboundError>>,
    ) -> Result<(), OutboundError> {
        tokio::time::timeout(self.patience, call).await.unwrap_or_else(|_| {
            Err(OutboundError { message: "there was no answer in time".to_owned(), retryable: true })
        })
    }

    async fn hand_over(&self, route: &Route, piece: Piece<'_>) -> Result<(), OutboundError> {
        match route.service {
            Service::Lambda => {
                self.call(&route.arn, &Message::event(piece.packed), InvocationType::Event).await
            }
            Service::Kinesis => self.to_kinesis(route, piece).await,
            Service::Firehose => self.to_firehose(route, piece).await,
        }
    }

    async fn to_kinesis(&self, route: &Route, piece: Piece<'_>) -> Result<(), OutboundError> {
        use aws_sdk_kinesis::config::{Builder, Region};
        let Some(kinesis) = &self.kinesis else { return Err(OutboundError::unknown("Kinesis")) };
        let key: String = piece.key.chars().take(LONGEST_KEY).collect();
        let request = kinesis
            .put_record()
            .stream_name(route.name())
            .stream_arn(&route.arn)
            .partition_key(key)
            .data(aws_sdk_kinesis::primitives::Blob::new(piece.packed));
        let there = Builder::new().region(region(&route.arn).map(Region::new));
        request.customize().config_override(there).send().await.map_err(failed)?;
        Ok(())
    }

    async fn to_firehose(&self, route: &Route, piece: Piece<'_>) -> Result<(), OutboundError> {
        use aws_sdk_firehose::config::{Builder, Region};
        let Some(firehose) = &self.firehose else { return Err(OutboundError::unknown("Firehose")) };
        let record = aws_sdk_firehose::types::Record::builder()
            .data(aws_sdk_firehose::primitives::Blob::new(piece.packed))
            .build()
            .map_err(|error| OutboundError { message: error.to_string(), retryable: false })?;
        let request = firehose.put_record().delivery_stream_name(route.name()).record(record);
        let there = Builder::new().region(region(&route.arn).map(Region::new));
        request.customize().config_override(there).send().await.map_err(failed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        fn check(arn: &str, expected: Option<(Service, &str)>) {
            let route = Route::parse(arn);
            assert_eq!(route.as_ref().map(|route| (route.service, route.name())), expected, "{arn}");
        }
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:pager";
        check(function, Some((Service::Lambda, function)));
        check("arn:aws:kinesis:eu-west-1:123456789012:stream/logs", Some((Service::Kinesis, "logs")));
        check("arn:aws:firehose:eu-west-1:123456789012:deliverystream/a-b", Some((Service::Firehose, "a-b")));
        check("arn:aws:logs:eu-west-1:123456789012:destination:d", None);
        check("arn:aws:sqs:eu-west-1:123456789012:queue", None);
        check("arn:aws:kinesis", None);
        check("", None);
    }

    #[test]
    fn what_a_service_takes() {
        let takes = |arn: &str, bytes: usize| Route::parse(arn).unwrap().takes(&vec![0; bytes]);
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:pager";
        assert!(takes(function, 786_000) && !takes(function, 786_432));
        let stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/logs";
        assert!(takes(stream, 1_047_552) && !takes(stream, 1_047_553));
        let delivery = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs";
        assert!(takes(delivery, 1_024_000) && !takes(delivery, 1_024_001));
    }
}
