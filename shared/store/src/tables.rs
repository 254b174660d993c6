//! Creating the tables and the bucket, where no template has done it.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::config::Names;
use crate::error::{StoreError, sdk};

#[derive(Debug, Clone)]
pub(crate) struct Tables {
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    names: Names,
}

impl Tables {
    pub(crate) fn new(dynamodb: aws_sdk_dynamodb::Client, s3: aws_sdk_s3::Client, names: Names) -> Self {
        Self { dynamodb, s3, names }
    }

    pub(crate) async fn create_missing(&self) -> Result<(), StoreError> {
        for table in [&self.names.ledger, &self.names.index, &self.names.catalog] {
            self.create_table(table).await?;
        }
        match self.s3.create_bucket().bucket(&self.names.bucket).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let ours = error
                    .as_service_error()
                    .is_some_and(|e| e.is_bucket_already_owned_by_you() || e.is_bucket_already_exists());
                if ours { Ok(()) } else { Err(sdk("S3", "CreateBucket", error)) }
            }
        }
    }

    /// All our tables have the same keys: `pk` and `sk`, both strings.
    async fn create_table(&self, table: &str) -> Result<(), StoreError> {
        let mut request =
            self.dynamodb.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .map_err(|error| StoreError::corrupt("a table's definition", error))?;
            let key = KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .map_err(|error| StoreError::corrupt("a table's definition", error))?;
            request = request.attribute_definitions(attribute).key_schema(key);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(
                    aws_sdk_dynamodb::operation::create_table::CreateTableError::is_resource_in_use_exception,
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(sdk("DynamoDB", "CreateTable", error)),
        }
    }
}
