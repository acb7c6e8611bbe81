//! Finds or creates specialties by name, since the old service and spreadsheets have no ids for them.

use super::old_ids;
use super::rejection::RowRejection;
use app::{App, Context};
use domain::doctor::{Specialty, SpecialtyProfile};
use domain::ids::{Id as _, SpecialtyId};
use domain::record::Record;
use domain::text::{Line, fold};
use std::collections::BTreeMap;
use store::Key;
use store::keys::Unique;
use store::unique::Owner;

/// The specialties that were found or created, by folded name.
#[derive(Default)]
pub(super) struct Specialties(BTreeMap<String, SpecialtyId>);

impl Specialties {
    /// The id of the specialty of this name, which is created if it is missing.
    pub(super) async fn find_or_create(
        &mut self,
        app: &App,
        ctx: &Context,
        name: &Line<100>,
    ) -> Result<SpecialtyId, RowRejection> {
        let folded = fold(name.as_str());
        if let Some(id) = self.0.get(&folded) {
            return Ok(*id);
        }
        let owner = app.table.get::<Owner>(&Key::unique(&Unique::SpecialtyName(folded.clone()))).await?;
        let id = if let Some(id) = owner.and_then(|owner| SpecialtyId::parse(&owner.owner)) {
            id
        } else {
            let mut id = old_ids::named("specialty", name.as_str());
            if app.table.get::<Specialty>(&Key::specialty(id)).await?.is_some() {
                // A deactivated specialty has this id.
                id = app.new_id();
            }
            let profile = SpecialtyProfile { name: name.clone() };
            app::integration::import::import_record(app, ctx, &Record::new(id, profile, app.now())).await?;
            id
        };
        self.0.insert(folded, id);
        Ok(id)
    }
}
