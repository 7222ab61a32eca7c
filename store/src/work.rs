//! How far long work has come, for whoever waits for it.

/// What takes long with a large store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Copying files.
    Copying,
    /// Reading files through: their sums are noted or compared.
    Files,
    /// Making the view from the events.
    View,
    /// Checking the events.
    Events,
    /// Opening the sealed content of faxes.
    Contents,
}

/// Hears how much of how much is done.
pub type Told<'a> = &'a dyn Fn(Work, u64, u64);
