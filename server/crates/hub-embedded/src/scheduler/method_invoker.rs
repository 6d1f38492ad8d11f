//! The scheduler's interface to connected devices, so that it does not depend on the gateway.

use hub_wire::direct_method::DirectMethodResponse;

use crate::{
    domain::{MethodCall, MethodError, Target},
    store::DesiredPush,
};

/// Invokes methods of connected devices and notifies them.
pub trait MethodInvoker: Send + Sync + 'static {
    /// Calls a method and waits for the answer, bounded by the call's own timeouts. Dropping the future cancels it.
    fn call(
        &self,
        target: &Target,
        call: &MethodCall,
    ) -> impl Future<Output = Result<DirectMethodResponse, MethodError>> + Send;

    /// Whether a device is connected and subscribed to desired properties.
    fn subscribes_to_desired(&self, target: &Target) -> bool;

    /// Sends new desired properties to a device if it is connected and subscribed.
    fn push_desired(&self, push: &DesiredPush);
}
