//! DynamoDB and S3 within the process, behind the SDK's own HTTP connector: the same client code as on AWS, no socket.

mod dynamodb;
mod files;
mod s3;
mod usage;

pub use dynamodb::EmbeddedDynamoDb;
pub use s3::EmbeddedS3;
pub use usage::Usage;
