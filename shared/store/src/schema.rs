//! The schema of the table: attribute names, keys and indexes. A test compares `template.yaml` with it, and the
//! embedded table is created from it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

pub const PK: &str = "PK";
pub const SK: &str = "SK";
/// The attribute with the expiry in Unix seconds. DynamoDB deletes expired rows late, so code must check it too.
pub const TTL: &str = "ttl";

/// The global secondary indexes. All project every attribute, because lists are read from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Directories, appointments of a patient, notifications of an appointment, windows and rules of a room,
    /// inbound messages of a month, audit rows of an object.
    One,
    /// Appointments of a doctor, rooms of a clinic, all rules, blocks and holidays, inbound messages of a number.
    Two,
    /// Appointments and notifications of a clinic, inbound messages that are unprocessed or need attention.
    Three,
}

impl Index {
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "GSI1",
            Self::Two => "GSI2",
            Self::Three => "GSI3",
        }
    }

    /// The attribute of the partition key.
    #[must_use]
    pub fn pk(self) -> &'static str {
        match self {
            Self::One => "GSI1PK",
            Self::Two => "GSI2PK",
            Self::Three => "GSI3PK",
        }
    }

    /// The attribute of the sort key.
    #[must_use]
    pub fn sk(self) -> &'static str {
        match self {
            Self::One => "GSI1SK",
            Self::Two => "GSI2SK",
            Self::Three => "GSI3SK",
        }
    }
}

/// An error of [`create_table`].
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The SDK could not build the request.
    #[error("the definition of the table is incomplete")]
    Definition(#[from] BuildError),
    /// DynamoDB rejected the request.
    #[error("DynamoDB rejected the creation of the table")]
    Refused(#[from] Box<SdkError<CreateTableError>>),
}

/// Creates the table in an embedded DynamoDB unless it exists. In AWS, `template.yaml` creates it.
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
