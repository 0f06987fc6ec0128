extension STU3ElementTable {
    /// The resource types that Herald writes and reads, with every element of STU3 (3.0.2).
    static let resourceText = """
        Bundle: Resource
          identifier:Identifier type total:number link:BundleLink* entry:BundleEntry* signature:Signature
        MessageHeader: DomainResource
          event:Coding destination:MessageHeaderDestination* receiver:Reference sender:Reference timestamp
          enterer:Reference author:Reference source:MessageHeaderSource responsible:Reference
          reason:CodeableConcept response:MessageHeaderResponse focus:Reference*
        Composition: DomainResource
          identifier:Identifier status type:CodeableConcept class:CodeableConcept subject:Reference
          encounter:Reference date author:Reference* title confidentiality attester:CompositionAttester*
          custodian:Reference relatesTo:CompositionRelatesTo* event:CompositionEvent* section:CompositionSection*
        Immunization: DomainResource
          identifier:Identifier* status notGiven:boolean vaccineCode:CodeableConcept patient:Reference
          encounter:Reference date primarySource:boolean reportOrigin:CodeableConcept location:Reference
          manufacturer:Reference lotNumber expirationDate site:CodeableConcept route:CodeableConcept
          doseQuantity:Quantity practitioner:ImmunizationPractitioner* note:Annotation*
          explanation:ImmunizationExplanation reaction:ImmunizationReaction*
          vaccinationProtocol:ImmunizationVaccinationProtocol*
        Patient: DomainResource
          identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* gender birthDate
          deceasedBoolean:boolean deceasedDateTime address:Address* maritalStatus:CodeableConcept
          multipleBirthBoolean:boolean multipleBirthInteger:number photo:Attachment* contact:PatientContact*
          animal:PatientAnimal communication:PatientCommunication* generalPractitioner:Reference*
          managingOrganization:Reference link:PatientLink*
        Practitioner: DomainResource
          identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* address:Address* gender
          birthDate photo:Attachment* qualification:PractitionerQualification* communication:CodeableConcept*
        PractitionerRole: DomainResource
          identifier:Identifier* active:boolean period:Period practitioner:Reference organization:Reference
          code:CodeableConcept* specialty:CodeableConcept* location:Reference* healthcareService:Reference*
          telecom:ContactPoint* availableTime:PractitionerRoleAvailableTime*
          notAvailable:PractitionerRoleNotAvailable* availabilityExceptions endpoint:Reference*
        Organization: DomainResource
          identifier:Identifier* active:boolean type:CodeableConcept* name alias* telecom:ContactPoint*
          address:Address* partOf:Reference contact:OrganizationContact* endpoint:Reference*
        Encounter: DomainResource
          identifier:Identifier* status statusHistory:EncounterStatusHistory* class:Coding
          classHistory:EncounterClassHistory* type:CodeableConcept* priority:CodeableConcept subject:Reference
          episodeOfCare:Reference* incomingReferral:Reference* participant:EncounterParticipant*
          appointment:Reference period:Period length:Duration reason:CodeableConcept*
          diagnosis:EncounterDiagnosis* account:Reference* hospitalization:EncounterHospitalization
          location:EncounterLocation* serviceProvider:Reference partOf:Reference
        Location: DomainResource
          identifier:Identifier* status operationalStatus:Coding name alias* description mode type:CodeableConcept
          telecom:ContactPoint* address:Address physicalType:CodeableConcept position:LocationPosition
          managingOrganization:Reference partOf:Reference endpoint:Reference*
        HealthcareService: DomainResource
          identifier:Identifier* active:boolean providedBy:Reference category:CodeableConcept
          type:CodeableConcept* specialty:CodeableConcept* location:Reference* name comment extraDetails
          photo:Attachment telecom:ContactPoint* coverageArea:Reference* serviceProvisionCode:CodeableConcept*
          eligibility:CodeableConcept eligibilityNote programName* characteristic:CodeableConcept*
          referralMethod:CodeableConcept* appointmentRequired:boolean
          availableTime:HealthcareServiceAvailableTime* notAvailable:HealthcareServiceNotAvailable*
          availabilityExceptions endpoint:Reference*
        Subscription: DomainResource
          status contact:ContactPoint* end reason criteria error channel:SubscriptionChannel tag:Coding*
        OperationOutcome: DomainResource
          issue:OperationOutcomeIssue*
        Communication: DomainResource
          identifier:Identifier* definition:Reference* basedOn:Reference* partOf:Reference* status notDone:boolean
          notDoneReason:CodeableConcept category:CodeableConcept* medium:CodeableConcept* subject:Reference
          recipient:Reference* topic:Reference* context:Reference sent received sender:Reference
          reasonCode:CodeableConcept* reasonReference:Reference* payload:CommunicationPayload* note:Annotation*
        """
}
