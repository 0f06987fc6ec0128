extension STU3ElementTable {
    /// The data types of what those resources hold.
    static let dataTypeText = """
        Address: Element
          use type text line* city district state postalCode country period:Period
        Age: Element
          value:number comparator unit system code
        Annotation: Element
          authorReference:Reference authorString time text
        Attachment: Element
          contentType language data url size:number hash title creation
        BundleEntry: BackboneElement
          link:BundleLink* fullUrl resource:Resource search:BundleEntrySearch request:BundleEntryRequest
          response:BundleEntryResponse
        BundleEntryRequest: BackboneElement
          method url ifNoneMatch ifModifiedSince ifMatch ifNoneExist
        BundleEntryResponse: BackboneElement
          status location etag lastModified outcome:Resource
        BundleEntrySearch: BackboneElement
          mode score:number
        BundleLink: BackboneElement
          relation url
        CodeableConcept: Element
          coding:Coding* text
        Coding: Element
          system version code display userSelected:boolean
        CommunicationPayload: BackboneElement
          contentString contentAttachment:Attachment contentReference:Reference
        CompositionAttester: BackboneElement
          mode* time party:Reference
        CompositionEvent: BackboneElement
          code:CodeableConcept* period:Period detail:Reference*
        CompositionRelatesTo: BackboneElement
          code targetIdentifier:Identifier targetReference:Reference
        CompositionSection: BackboneElement
          title code:CodeableConcept text:Narrative mode orderedBy:CodeableConcept entry:Reference*
          emptyReason:CodeableConcept section:CompositionSection*
        ContactPoint: Element
          system value use rank:number period:Period
        Count: Element
          value:number comparator unit system code
        Distance: Element
          value:number comparator unit system code
        Duration: Element
          value:number comparator unit system code
        EncounterClassHistory: BackboneElement
          class:Coding period:Period
        EncounterDiagnosis: BackboneElement
          condition:Reference role:CodeableConcept rank:number
        EncounterHospitalization: BackboneElement
          preAdmissionIdentifier:Identifier origin:Reference admitSource:CodeableConcept
          reAdmission:CodeableConcept dietPreference:CodeableConcept* specialCourtesy:CodeableConcept*
          specialArrangement:CodeableConcept* destination:Reference dischargeDisposition:CodeableConcept
        EncounterLocation: BackboneElement
          location:Reference status period:Period
        EncounterParticipant: BackboneElement
          type:CodeableConcept* period:Period individual:Reference
        EncounterStatusHistory: BackboneElement
          status period:Period
        Extension: Element
          valueBase64Binary valueBoolean:boolean valueCode valueDate valueDateTime valueDecimal:number valueId
          valueInstant valueInteger:number valueMarkdown valueOid valuePositiveInt:number valueString valueTime
          valueUnsignedInt:number valueUri valueAddress:Address valueAge:Age valueAnnotation:Annotation
          valueAttachment:Attachment valueCodeableConcept:CodeableConcept valueCoding:Coding
          valueContactPoint:ContactPoint valueCount:Count valueDistance:Distance valueDuration:Duration
          valueHumanName:HumanName valueIdentifier:Identifier valueMoney:Money valuePeriod:Period
          valueQuantity:Quantity valueRange:Range valueRatio:Ratio valueReference:Reference
          valueSampledData:SampledData valueSignature:Signature valueTiming:Timing valueMeta:Meta
        HealthcareServiceAvailableTime: BackboneElement
          daysOfWeek* allDay:boolean availableStartTime availableEndTime
        HealthcareServiceNotAvailable: BackboneElement
          description during:Period
        HumanName: Element
          use text family given* prefix* suffix* period:Period
        Identifier: Element
          use type:CodeableConcept system value period:Period assigner:Reference
        ImmunizationExplanation: BackboneElement
          reason:CodeableConcept* reasonNotGiven:CodeableConcept*
        ImmunizationPractitioner: BackboneElement
          role:CodeableConcept actor:Reference
        ImmunizationReaction: BackboneElement
          date detail:Reference reported:boolean
        ImmunizationVaccinationProtocol: BackboneElement
          doseSequence:number description authority:Reference series seriesDoses:number
          targetDisease:CodeableConcept* doseStatus:CodeableConcept doseStatusReason:CodeableConcept
        LocationPosition: BackboneElement
          longitude:number latitude:number altitude:number
        MessageHeaderDestination: BackboneElement
          name target:Reference endpoint
        MessageHeaderResponse: BackboneElement
          identifier code details:Reference
        MessageHeaderSource: BackboneElement
          name software version contact:ContactPoint endpoint
        Meta: Element
          versionId lastUpdated profile* security:Coding* tag:Coding*
        Money: Element
          value:number comparator unit system code
        Narrative: Element
          status div:xhtml
        OperationOutcomeIssue: BackboneElement
          severity code details:CodeableConcept diagnostics location* expression*
        OrganizationContact: BackboneElement
          purpose:CodeableConcept name:HumanName telecom:ContactPoint* address:Address
        PatientAnimal: BackboneElement
          species:CodeableConcept breed:CodeableConcept genderStatus:CodeableConcept
        PatientCommunication: BackboneElement
          language:CodeableConcept preferred:boolean
        PatientContact: BackboneElement
          relationship:CodeableConcept* name:HumanName telecom:ContactPoint* address:Address gender
          organization:Reference period:Period
        PatientLink: BackboneElement
          other:Reference type
        Period: Element
          start end
        PractitionerQualification: BackboneElement
          identifier:Identifier* code:CodeableConcept period:Period issuer:Reference
        PractitionerRoleAvailableTime: BackboneElement
          daysOfWeek* allDay:boolean availableStartTime availableEndTime
        PractitionerRoleNotAvailable: BackboneElement
          description during:Period
        Quantity: Element
          value:number comparator unit system code
        Range: Element
          low:Quantity high:Quantity
        Ratio: Element
          numerator:Quantity denominator:Quantity
        Reference: Element
          reference identifier:Identifier display
        SampledData: Element
          origin:Quantity period:number factor:number lowerLimit:number upperLimit:number dimensions:number data
        Signature: Element
          type:Coding* when whoUri whoReference:Reference onBehalfOfUri onBehalfOfReference:Reference contentType
          blob
        SubscriptionChannel: BackboneElement
          type endpoint payload header*
        Timing: Element
          event* repeat:TimingRepeat code:CodeableConcept
        TimingRepeat: Element
          boundsDuration:Duration boundsRange:Range boundsPeriod:Period count:number countMax:number
          duration:number durationMax:number durationUnit frequency:number frequencyMax:number period:number
          periodMax:number periodUnit dayOfWeek* timeOfDay* when* offset:number
        """
}
