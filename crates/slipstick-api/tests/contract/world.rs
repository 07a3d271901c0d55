//! A world in which a few files exist and the date stands still.

use jiff::civil::{Date, date};
use slipstick_api::{ApiError, ModelFiles, OverlayFile, World};

/// Files by path.
pub(crate) struct Texts(pub(crate) &'static [(&'static str, &'static str)]);

impl Texts {
    fn find(&self, path: &str) -> Option<&'static str> {
        self.0.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
    }
}

impl World for Texts {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        Ok(self.find(path).map(|text| ModelFiles {
            name: path.to_owned(),
            origin: path.to_owned(),
            config_json: Some(text.as_bytes().to_vec()),
            ..ModelFiles::default()
        }))
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(ApiError::input("model.not_found", id))
    }

    fn read_text(&self, path: &str, _limit: u64) -> Result<String, ApiError> {
        self.find(path).map(str::to_owned).ok_or_else(|| ApiError::input("file.not_found", path))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(Vec::new())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Ok("NVIDIA H100 80GB HBM3:8".to_owned())
    }

    fn today(&self) -> Date {
        date(2026, 11, 22)
    }
}
