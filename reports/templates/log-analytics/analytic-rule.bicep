// The analytic rule "new critical" and the workbook, for a workspace with Microsoft Sentinel.
// az deployment group create -g RESOURCE_GROUP -f analytic-rule.bicep -p workspaceName=NAME

@description('Log Analytics workspace with Microsoft Sentinel, in this resource group.')
param workspaceName string

@description('Region of the workbook.')
param location string = resourceGroup().location

resource workspace 'Microsoft.OperationalInsights/workspaces@2022-10-01' existing = {
  name: workspaceName
}

resource newCritical 'Microsoft.SecurityInsights/alertRules@2023-02-01' = {
  scope: workspace
  name: guid(workspace.id, 'amlaudit-new-critical')
  kind: 'Scheduled'
  properties: {
    displayName: 'amlaudit: new critical fail in Azure Machine Learning'
    description: 'A run found a critical fail that the run before it did not have.'
    enabled: true
    severity: 'High'
    query: '${loadTextContent('new-critical.kql')}| where RunAt > ago(1d)'
    queryFrequency: 'P1D'
    queryPeriod: 'P14D'
    triggerOperator: 'GreaterThan'
    triggerThreshold: 0
    suppressionEnabled: false
    suppressionDuration: 'P1D'
    eventGroupingSettings: { aggregationKind: 'AlertPerResult' }
    entityMappings: [
      {
        entityType: 'AzureResource'
        fieldMappings: [{ identifier: 'ResourceId', columnName: 'TargetResourceId' }]
      }
    ]
    customDetails: { rule: 'RuleId', finding: 'FindingId' }
  }
}

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(workspace.id, 'amlaudit-workbook')
  location: location
  kind: 'shared'
  properties: {
    displayName: 'amlaudit'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: loadTextContent('workbook.json')
  }
}
