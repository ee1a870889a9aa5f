// The custom table of amlaudit, the way into it, and who may use that way.
// az deployment group create -g RESOURCE_GROUP -f ingestion.bicep -p workspaceName=NAME publisherId=OBJECT_ID

@description('Log Analytics workspace, in this resource group.')
param workspaceName string

@description('Object id of the principal that publishes; it may do nothing else here.')
param publisherId string

@description('Kind of that principal.')
@allowed(['ServicePrincipal', 'User', 'Group'])
param publisherType string = 'ServicePrincipal'

@description('Region of the endpoint and the rule: that of the workspace.')
param location string = resourceGroup().location

@description('Days that rows are kept.')
@minValue(4)
@maxValue(730)
param retentionInDays int = 365

var table = 'AmlAudit_CL'
var stream = 'Custom-${table}'
var columns = [
  { name: 'TimeGenerated', type: 'datetime' }
  { name: 'RunAt', type: 'datetime' }
  { name: 'RunId', type: 'string' }
  { name: 'RecordId', type: 'string' }
  { name: 'RecordType', type: 'string' }
  { name: 'Scope', type: 'string' }
  { name: 'FindingId', type: 'string' }
  { name: 'RuleId', type: 'string' }
  { name: 'RuleTitle', type: 'string' }
  { name: 'Area', type: 'string' }
  { name: 'Severity', type: 'string' }
  { name: 'Status', type: 'string' }
  { name: 'TargetResourceId', type: 'string' }
  { name: 'TargetName', type: 'string' }
  { name: 'TargetType', type: 'string' }
  { name: 'Location', type: 'string' }
  { name: 'Message', type: 'string' }
  { name: 'UnknownReason', type: 'string' }
  { name: 'WaiverId', type: 'string' }
  { name: 'Change', type: 'string' }
  { name: 'FirstSeen', type: 'datetime' }
  { name: 'Passes', type: 'int' }
  { name: 'Fails', type: 'int' }
  { name: 'Unknowns', type: 'int' }
  { name: 'Criticals', type: 'int' }
  { name: 'ScoreLow', type: 'real' }
  { name: 'ScoreHigh', type: 'real' }
  { name: 'Coverage', type: 'real' }
  { name: 'Gaps', type: 'int' }
  { name: 'Complete', type: 'boolean' }
  { name: 'Profile', type: 'string' }
  { name: 'ToolVersion', type: 'string' }
]
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/monitor#monitoring-metrics-publisher
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2022-10-01' existing = {
  name: workspaceName
}

resource customTable 'Microsoft.OperationalInsights/workspaces/tables@2022-10-01' = {
  parent: workspace
  name: table
  properties: {
    retentionInDays: retentionInDays
    schema: { name: table, columns: columns }
  }
}

resource endpoint 'Microsoft.Insights/dataCollectionEndpoints@2022-06-01' = {
  name: 'dce-amlaudit'
  location: location
  properties: { networkAcls: { publicNetworkAccess: 'Enabled' } }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2022-06-01' = {
  name: 'dcr-amlaudit'
  location: location
  properties: {
    dataCollectionEndpointId: endpoint.id
    streamDeclarations: { '${stream}': { columns: columns } }
    destinations: { logAnalytics: [{ name: 'workspace', workspaceResourceId: workspace.id }] }
    dataFlows: [
      {
        streams: [stream]
        destinations: ['workspace']
        transformKql: 'source'
        outputStream: stream
      }
    ]
  }
  dependsOn: [customTable]
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rule.id, publisherId, metricsPublisher)
  scope: rule
  properties: {
    principalId: publisherId
    principalType: publisherType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

output endpoint string = endpoint.properties.logsIngestion.endpoint
output ruleId string = rule.properties.immutableId
