//! DynamoDB, S3 and SNS within the process, behind the SDK's own HTTP connector: the same client code as on AWS, no socket.

mod dynamodb;
mod files;
mod hot;
mod s3;
mod s3_errors;
mod s3_lock;
pub mod sns;
mod usage;

pub use dynamodb::EmbeddedDynamoDb;
pub use hot::KeyCounters;
pub use s3::EmbeddedS3;
pub use sns::EmbeddedSns;
pub(crate) use usage::ByKey;
pub use usage::{Counters, Usage};
