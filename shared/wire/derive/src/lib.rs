//! Derive macros for the API types of the crate `wire`.
//!
//! | Derive | for | implements |
//! |---|---|---|
//! | `Body` | the JSON body of a request | reading, JSON, schema |
//! | `View` | the JSON body of a response | JSON, schema |
//! | `Params` | the query parameters of a request | reading, OpenAPI parameters |
//!
//! What a field accepts, and how it is described in the OpenAPI document, follows from its type. Its documentation is
//! its description. `#[field(…)]` adds:
//!
//! | Attribute | Meaning |
//! |---|---|
//! | `default = expression` | the value where the client sends none |
//! | `example = json` | an example in the OpenAPI document |
//! | `format = "name"` | the `format` of its schema |
//! | `flatten` | the fields of this type are fields of the outer one |
//! | `write_only` | clients send the field, and never receive it |
//! | `omit_none` | left out of a response where it is `None` |
//!
//! `#[check(function(field, other))]` on the type calls a function with the fields that were read, `None` for a refused
//! one, and the reader, which takes the violations of a rule about several fields.

mod fields;
mod generate;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[proc_macro_derive(Body, attributes(field, check))]
pub fn derive_body(input: TokenStream) -> TokenStream {
    derive(parse_macro_input!(input as DeriveInput), &[generate::reading, generate::members])
}

#[proc_macro_derive(View, attributes(field))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    derive(parse_macro_input!(input as DeriveInput), &[generate::members])
}

#[proc_macro_derive(Params, attributes(field, check))]
pub fn derive_params(input: TokenStream) -> TokenStream {
    derive(parse_macro_input!(input as DeriveInput), &[generate::reading, generate::parameters])
}

fn derive(input: DeriveInput, parts: &[fn(&fields::ApiType) -> proc_macro2::TokenStream]) -> TokenStream {
    match fields::ApiType::parse(input) {
        Ok(api_type) => parts.iter().map(|part| part(&api_type)).collect::<proc_macro2::TokenStream>().into(),
        Err(error) => error.into_compile_error().into(),
    }
}
