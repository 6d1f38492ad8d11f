//! How the scheduler reaches devices, so that it does not depend on the gateway.

use hub_wire::direct_method::DirectMethodResponse;

use crate::{
    domain::{MethodCall, MethodError, Target},
    store::DesiredPush,
};

/// Reaches connected devices.
pub trait Caller: Send + Sync + 'static {
    /// Calls a method and waits for the answer, bounded by the call's own timeouts. Dropping the future gives it up.
    fn call(
        &self,
        target: &Target,
        call: &MethodCall,
    ) -> impl Future<Output = Result<DirectMethodResponse, MethodError>> + Send;

    /// Tells a device of new desired properties if it is connected and wants to know.
    fn push_desired(&self, push: &DesiredPush);
}
