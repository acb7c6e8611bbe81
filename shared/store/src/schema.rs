//! The table as AWS has to have it: names, keys, indexes. `template.yaml` is held against this by a
//! test, and the embedded table is created from it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

/// Partition key of the table.
pub const PK: &str = "PK";
/// Sort key of the table.
pub const SK: &str = "SK";
/// The attribute by which rows expire, in Unix seconds. TTL lags: expiry is checked in code too.
pub const TTL: &str = "ttl";

/// The indexes. All project every attribute: lists are read from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Directories, a patient's appointments, an appointment's notifications, a month's inbound messages,
    /// audit of an object.
    One,
    /// A doctor's appointments, a clinic's rooms, a number's inbound messages.
    Two,
    /// A clinic's appointments and notifications, inbound messages to be processed or for a person.
    Three,
}

impl Index {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "GSI1",
            Self::Two => "GSI2",
            Self::Three => "GSI3",
        }
    }

    /// Its partition key.
    #[must_use]
    pub fn pk(self) -> &'static str {
        match self {
            Self::One => "GSI1PK",
            Self::Two => "GSI2PK",
            Self::Three => "GSI3PK",
        }
    }

    /// Its sort key.
    #[must_use]
    pub fn sk(self) -> &'static str {
        match self {
            Self::One => "GSI1SK",
            Self::Two => "GSI2SK",
            Self::Three => "GSI3SK",
        }
    }
}

/// Why the table couldn't be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The SDK refused to build the request.
    #[error("the table's definition is incomplete")]
    Definition(#[from] BuildError),
    /// DynamoDB refused it.
    #[error("DynamoDB did not create the table")]
    Refused(#[from] Box<SdkError<CreateTableError>>),
}

/// Creates the table where it doesn't exist: for the embedded DynamoDB. In AWS the template does.
///
/// # Errors
/// [`CreateError`].
pub async fn create_table(client: &Client, name: &str) -> Result<(), CreateError> {
    let attributes = [PK, SK].into_iter().chain(Index::ALL.into_iter().flat_map(|index| [index.pk(), index.sk()]));
    let mut request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(PK, SK)?));
    for attribute in attributes {
        let definition =
            AttributeDefinition::builder().attribute_name(attribute).attribute_type(ScalarAttributeType::S).build()?;
        request = request.attribute_definitions(definition);
    }
    for index in Index::ALL {
        let definition = GlobalSecondaryIndex::builder()
            .index_name(index.name())
            .set_key_schema(Some(key_schema(index.pk(), index.sk())?))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()?;
        request = request.global_secondary_indexes(definition);
    }
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        Err(error) => Err(CreateError::Refused(Box::new(error))),
    }
}

fn key_schema(pk: &str, sk: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(pk, KeyType::Hash)?, element(sk, KeyType::Range)?])
}
