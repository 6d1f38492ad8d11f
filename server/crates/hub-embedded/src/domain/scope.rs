//! Edge parents and children.
//!
//! An edge device has a scope of its own, made by the hub from its id and generation and never changed. A device is the
//! child of an edge device when it carries that scope: an edge device in `parentScopes`, another one in `deviceScope`,
//! which the hub copies to `parentScopes`. Source: the Swagger file, and `Device.ParentScopes` of the C# SDK.

use hub_wire::DeviceId;

use super::RequestError;

const PREFIX: &str = "ms-azure-iot-edge://";

/// The scope of an edge device.
pub fn edge_scope(device_id: &DeviceId, generation_id: &str) -> String {
    format!("{PREFIX}{device_id}-{generation_id}")
}

/// The id of the edge device that a scope names; none when it is no scope.
pub fn scope_owner(scope: &str) -> Option<DeviceId> {
    let (device_id, _) = scope.strip_prefix(PREFIX)?.rsplit_once('-')?;
    DeviceId::new(device_id).ok()
}

/// The scopes of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestedScopes {
    /// None when absent or null; empty means no parent.
    pub device_scope: Option<String>,
    /// Empty when absent.
    pub parent_scopes: Vec<String>,
}

/// A device's scopes, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    /// An edge device's own, another device's parent's.
    pub device_scope: Option<String>,
    /// The parents'; at most one.
    pub parent_scopes: Vec<String>,
}

impl RequestedScopes {
    /// Completes and checks what is requested, but for whether the parent exists. `own` is the scope that the device has, or
    /// would have, as an edge device.
    ///
    /// # Errors
    /// When an edge device's own scope would change, or the parents are invalid.
    pub fn complete(&self, is_edge: bool, own: &str) -> Result<Scopes, RequestError> {
        let requested = self.device_scope.as_deref();
        let mut parents: Vec<String> =
            self.parent_scopes.iter().filter(|scope| !scope.is_empty()).cloned().collect();
        if is_edge {
            if requested.is_some_and(|requested| !requested.is_empty() && requested != own) {
                return Err(RequestError::ArgumentInvalid(format!(
                    "deviceScope of an edge device is made by the hub and cannot be changed; set parentScopes to make \
                     it a child of another one. Its own is '{own}'"
                )));
            }
        } else if let Some(requested) = requested {
            parents = if requested.is_empty() { Vec::new() } else { vec![requested.to_owned()] };
        }
        if parents.len() > 1 {
            return Err(RequestError::ArgumentInvalid("parentScopes may hold one scope".into()));
        }
        if parents.first().is_some_and(|parent| parent == own) {
            return Err(RequestError::ArgumentInvalid(format!("'{own}' is the device's own scope")));
        }
        let device_scope = if is_edge { Some(own.to_owned()) } else { parents.first().cloned() };
        Ok(Scopes { device_scope, parent_scopes: parents })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "ms-azure-iot-edge://d-1";
    const PARENT: &str = "ms-azure-iot-edge://edge-7-2";

    #[test]
    fn scopes_name_their_device() {
        let id = DeviceId::new("edge-7").unwrap();
        assert_eq!(edge_scope(&id, "2"), PARENT);
        assert_eq!(scope_owner(PARENT), Some(id));
        for other in ["", "edge-7-2", "ms-azure-iot-edge://", "ms-azure-iot-edge://a b-1"] {
            assert_eq!(scope_owner(other), None, "{other}");
        }
    }

    #[test]
    fn parents_and_children() {
        let check = |is_edge: bool, scope: Option<&str>, parents: &[&str]| {
            let requested = RequestedScopes {
                device_scope: scope.map(str::to_owned),
                parent_scopes: parents.iter().map(ToString::to_string).collect(),
            };
            requested
                .complete(is_edge, OWN)
                .map(|scopes| (scopes.device_scope, scopes.parent_scopes))
                .map_err(|error| error.to_string())
        };
        let scopes = |scope: Option<&str>, parents: &[&str]| {
            Ok((scope.map(str::to_owned), parents.iter().map(ToString::to_string).collect::<Vec<_>>()))
        };
        for (is_edge, scope, parents, expected) in [
            (false, None, &[][..], scopes(None, &[])),
            (false, Some(PARENT), &[], scopes(Some(PARENT), &[PARENT])),
            (false, None, &[PARENT], scopes(Some(PARENT), &[PARENT])),
            // As the command-line tool takes a child away: the scope is empty, the parents still there.
            (false, Some(""), &[PARENT], scopes(None, &[])),
            (true, None, &[], scopes(Some(OWN), &[])),
            (true, Some(OWN), &[PARENT], scopes(Some(OWN), &[PARENT])),
            (true, Some(""), &[""], scopes(Some(OWN), &[])),
        ] {
            assert_eq!(check(is_edge, scope, parents), expected, "{is_edge} {scope:?} {parents:?}");
        }
        for (is_edge, scope, parents) in [
            (true, Some(PARENT), &[][..]),
            (true, None, &[OWN]),
            (false, Some(OWN), &[]),
            (true, None, &[PARENT, "x"]),
        ] {
            assert!(check(is_edge, scope, parents).is_err(), "{is_edge} {scope:?} {parents:?}");
        }
    }
}
