//! Specialties by their names, as the old service and spreadsheets have them.

use super::old_ids;
use super::refusal::Refusal;
use app::{App, Context};
use domain::doctor::{Specialty, SpecialtyProfile};
use domain::ids::{Id as _, SpecialtyId};
use domain::record::Record;
use domain::text::{Line, fold};
use std::collections::BTreeMap;
use store::Key;
use store::keys::Unique;
use store::unique::Owner;

/// Those that were found or made, by their folded names.
#[derive(Default)]
pub(super) struct Specialties(BTreeMap<String, SpecialtyId>);

impl Specialties {
    /// The specialty of this name, which is made where there is none.
    pub(super) async fn named(&mut self, app: &App, ctx: &Context, name: &Line<100>) -> Result<SpecialtyId, Refusal> {
        let folded = fold(name.as_str());
        if let Some(id) = self.0.get(&folded) {
            return Ok(*id);
        }
        let owner = app.table.get::<Owner>(&Key::unique(&Unique::SpecialtyName(folded.clone()))).await?;
        let id = match owner.and_then(|owner| SpecialtyId::parse(&owner.owner)) {
            Some(id) => id,
            None => {
                let mut id = old_ids::named("specialty", name.as_str());
                if app.table.get::<Specialty>(&Key::specialty(id)).await?.is_some() {
                    // It was removed from the list since, and its id with it.
                    id = app.new_id();
                }
                let profile = SpecialtyProfile { name: name.clone() };
                app::integration::import::bring(app, ctx, &Record::new(id, profile, app.now())).await?;
                id
            }
        };
        self.0.insert(folded, id);
        Ok(id)
    }
}
