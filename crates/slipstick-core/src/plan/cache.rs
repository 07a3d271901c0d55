//! The part of each mixer's cache that one rank keeps.

use super::Plan;
use crate::model::{CacheShape, Mixer};

impl Plan {
    /// What one rank keeps of a sequence that it serves in `mixer`.
    ///
    /// Key-value heads are shared out, at least one a rank. A latent stands for all heads at once, so every rank keeps
    /// it whole, as it keeps index keys and compressed entries. Recurrent state is split by its heads.
    pub fn cache_on_rank(self, mixer: &Mixer) -> CacheShape {
        let mut shape = mixer.cache();
        match *mixer {
            Mixer::Attention(a) => {
                let heads = self.kv_heads_on_rank(a.kv_heads);
                if shape.rows[0] > 0 {
                    shape.rows[0] = heads * a.k_dim;
                    shape.rows[1] = heads * a.v_dim;
                }
            }
            Mixer::Cross(x) => shape.cross_row = 2 * self.kv_heads_on_rank(x.kv_heads) * x.head_dim,
            Mixer::Recurrent(_) => {
                shape.conv = shape.conv.div_ceil(self.tp());
                shape.state = shape.state.div_ceil(self.tp());
            }
            Mixer::Latent(_) | Mixer::Compressed(_) => {}
        }
        shape
    }
}
