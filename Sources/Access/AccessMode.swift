/// On whose behalf a token acts: the claim `mode` and the context of a SMART scope.
package enum AccessMode: String, Hashable, Sendable, CaseIterable, Codable {
    /// A registered system for itself.
    case system
    /// A citizen, bound to one NHS number.
    case patient
    /// A healthcare worker.
    case user
}

/// How strongly a patient was authenticated in this session: the vectors of trust that Herald accepts.
package enum VectorOfTrust: String, Hashable, Sendable, CaseIterable {
    /// P9 identity, password and registered device.
    case passwordAndDevice = "P9.Cp.Cd"
    /// P9 identity, password and shared key in the device.
    case passwordAndSharedKey = "P9.Cp.Ck"
    /// P9 identity, asymmetric key in the device.
    case deviceKey = "P9.Cm"
    /// The same three with a P5 identity, for clients that are content with one.
    case mediumPasswordAndDevice = "P5.Cp.Cd"
    case mediumPasswordAndSharedKey = "P5.Cp.Ck"
    case mediumDeviceKey = "P5.Cm"

    /// How well the identity was proved: the P part.
    package var level: ProofingLevel {
        switch self {
        case .passwordAndDevice, .passwordAndSharedKey, .deviceKey: .p9
        case .mediumPasswordAndDevice, .mediumPasswordAndSharedKey, .mediumDeviceKey: .p5
        }
    }
}

/// Whom an access token is issued for: a patient's cannot be asked for without a number.
package enum TokenSubject: Hashable, Sendable {
    /// The client itself; `sub` is the client's id.
    case system
    /// A healthcare worker; `id` is the identity provider's subject.
    case user(id: String, worker: Worker? = nil)
    /// A citizen; `id` is the identity provider's subject and must not be the NHS number.
    case patient(id: String, nhsNumber: PatientNumber, vectorOfTrust: VectorOfTrust = .passwordAndDevice)

    /// The mode of a token for this subject.
    package var mode: AccessMode {
        switch self {
        case .system: .system
        case .user: .user
        case .patient: .patient
        }
    }
}
