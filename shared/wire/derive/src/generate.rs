//! The implementations that the derives generate. They only call the crate `wire`, so that what happens can be read
//! there.

use crate::fields::{ApiType, Field};
use proc_macro2::TokenStream;
use quote::quote;

/// Reading a body or query parameters.
pub(crate) fn reading(api_type: &ApiType) -> TokenStream {
    let ident = &api_type.ident;
    let names = api_type.fields.iter().map(|field| &field.name);
    let values = api_type.fields.iter().map(|Field { ident, name, default, .. }| match default {
        None => quote! { let #ident = reader.field(#name); },
        Some(default) => quote! { let #ident = reader.field_or(#name, || #default); },
    });
    let checks = api_type.checks.iter().map(|call| {
        let (function, fields) = (&call.func, call.args.iter());
        quote! { #function(#(#fields.as_ref(),)* reader); }
    });
    let idents = api_type.fields.iter().map(|field| &field.ident);
    quote! {
        impl ::wire::Fields for #ident {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn read_fields(reader: &mut ::wire::FieldReader<'_>) -> ::core::option::Option<Self> {
                #(#values)*
                #(#checks)*
                ::core::option::Option::Some(Self { #(#idents: #idents?),* })
            }
        }
    }
}

/// The JSON object of a body, and its schema.
pub(crate) fn members(api_type: &ApiType) -> TokenStream {
    let (ident, name, description) = (&api_type.ident, api_type.name(), &api_type.description);
    let (generics, type_generics, conditions) = api_type.generics.split_for_impl();
    let serialized = api_type.fields.iter().filter(|field| !field.write_only).map(|field| {
        let Field { ident, name, .. } = field;
        if field.flatten {
            quote! { ::wire::Members::serialize_members(&self.#ident, members)?; }
        } else if field.omit_none {
            quote! { ::wire::members::serialize_some(members, #name, &self.#ident)?; }
        } else {
            quote! { ::wire::members::serialize_one(members, #name, &self.#ident)?; }
        }
    });
    let flattened = api_type.fields.iter().filter(|field| field.flatten).map(|Field { r#type, .. }| {
        quote! { <#r#type as ::wire::Members>::describe(schema); }
    });
    let own = || api_type.fields.iter().filter(|field| !field.flatten);
    let described = own().map(|field| {
        let (name, r#type, details) = (&field.name, &field.r#type, details(field));
        quote! { schema.member::<#r#type>(#name, #details); }
    });
    let types = own().map(|field| &field.r#type);
    let flat_types = api_type.fields.iter().filter(|field| field.flatten).map(|field| &field.r#type);
    quote! {
        impl #generics ::wire::Members for #ident #type_generics #conditions {
            const NAME: &'static str = #name;
            const DESCRIPTION: &'static str = #description;

            fn serialize_members<M: ::wire::members::SerializeMap>(
                &self,
                members: &mut M,
            ) -> ::core::result::Result<(), M::Error> {
                #(#serialized)*
                ::core::result::Result::Ok(())
            }

            fn describe(schema: &mut ::wire::members::ObjectSchema) {
                #(#flattened)*
                #(#described)*
            }

            fn referenced_schemas(found: &mut ::wire::Schemas) {
                #(<#flat_types as ::wire::Members>::referenced_schemas(found);)*
                #(<#types as ::wire::FieldValue>::referenced_schemas(found);)*
            }
        }

        impl #generics ::serde::Serialize for #ident #type_generics #conditions {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                ::wire::members::serialize(self, serializer)
            }
        }

        impl #generics ::utoipa::PartialSchema for #ident #type_generics #conditions {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                ::wire::members::schema::<Self>()
            }
        }

        impl #generics ::utoipa::ToSchema for #ident #type_generics #conditions {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(#name)
            }

            fn schemas(found: &mut ::wire::Schemas) {
                <Self as ::wire::Members>::referenced_schemas(found);
            }
        }

        // Most API types have personal data.
        impl #generics ::core::fmt::Debug for #ident #type_generics #conditions {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(#name, "(…)"))
            }
        }
    }
}

/// The query parameters of an operation.
pub(crate) fn parameters(api_type: &ApiType) -> TokenStream {
    let ident = &api_type.ident;
    let parameters = api_type.fields.iter().map(|field| {
        let (name, r#type, details) = (&field.name, &field.r#type, details(field));
        quote! { ::wire::parameter::<#r#type>(#name, #details) }
    });
    quote! {
        impl ::utoipa::IntoParams for #ident {
            fn into_params(
                _: impl Fn() -> ::core::option::Option<::utoipa::openapi::path::ParameterIn>,
            ) -> ::std::vec::Vec<::utoipa::openapi::path::Parameter> {
                ::std::vec![#(#parameters),*]
            }
        }
    }
}

/// What the attributes add to a field's schema.
fn details(field: &Field) -> TokenStream {
    let Field { r#type, description, write_only, .. } = field;
    let default = match &field.default {
        None => quote! { ::core::option::Option::None },
        Some(default) => quote! {{
            let default: #r#type = #default;
            ::core::option::Option::Some(::wire::members::to_json(&default))
        }},
    };
    let example = match &field.example {
        None => quote! { ::core::option::Option::None },
        Some(example) => quote! { ::core::option::Option::Some(::serde_json::json!(#example)) },
    };
    let format = match &field.format {
        None => quote! { ::core::option::Option::None },
        Some(format) => quote! { ::core::option::Option::Some(#format) },
    };
    quote! {
        ::wire::members::FieldDetails {
            description: #description,
            default: #default,
            example: #example,
            format: #format,
            write_only: #write_only,
        }
    }
}
