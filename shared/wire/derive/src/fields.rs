//! What is known of a type from its source: its fields with their attributes, and its checks.

use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Expr, ExprCall, Fields, Generics, Ident, LitStr, Meta, Type};

pub(crate) struct ApiType {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
    /// Calls of functions, with the names of fields as arguments.
    pub(crate) checks: Vec<ExprCall>,
}

pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// As clients see it.
    pub(crate) name: String,
    pub(crate) r#type: Type,
    pub(crate) description: String,
    pub(crate) default: Option<Expr>,
    pub(crate) example: Option<Expr>,
    pub(crate) format: Option<LitStr>,
    pub(crate) flatten: bool,
    pub(crate) write_only: bool,
    pub(crate) omit_none: bool,
}

impl ApiType {
    pub(crate) fn parse(input: DeriveInput) -> syn::Result<Self> {
        let Data::Struct(data) = input.data else {
            return Err(syn::Error::new_spanned(input.ident, "only a struct can be an API type"));
        };
        let Fields::Named(fields) = data.fields else {
            return Err(syn::Error::new_spanned(input.ident, "the fields of an API type have names"));
        };
        let checks = input.attrs.iter().filter(|attribute| attribute.path().is_ident("check"));
        Ok(Self {
            description: description(&input.attrs),
            fields: fields.named.into_iter().map(Field::parse).collect::<syn::Result<_>>()?,
            checks: checks.map(Attribute::parse_args).collect::<syn::Result<_>>()?,
            ident: input.ident,
            generics: input.generics,
        })
    }

    pub(crate) fn name(&self) -> String {
        self.ident.to_string()
    }
}

impl Field {
    fn parse(field: syn::Field) -> syn::Result<Self> {
        let Some(ident) = field.ident else {
            return Err(syn::Error::new_spanned(field.ty.to_token_stream(), "the fields of an API type have names"));
        };
        let mut parsed = Self {
            name: ident.unraw().to_string(),
            ident,
            r#type: field.ty,
            description: description(&field.attrs),
            default: None,
            example: None,
            format: None,
            flatten: false,
            write_only: false,
            omit_none: false,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| {
                let Some(name) = meta.path.get_ident().map(ToString::to_string) else {
                    return Err(meta.error("unknown attribute"));
                };
                match name.as_str() {
                    "default" => parsed.default = Some(meta.value()?.parse()?),
                    "example" => parsed.example = Some(meta.value()?.parse()?),
                    "format" => parsed.format = Some(meta.value()?.parse()?),
                    "flatten" => parsed.flatten = true,
                    "write_only" => parsed.write_only = true,
                    "omit_none" => parsed.omit_none = true,
                    _ => return Err(meta.error("unknown attribute")),
                }
                Ok(())
            })?;
        }
        Ok(parsed)
    }
}

/// The lines of the documentation.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(line) => Some(line.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
